using Regimen.Loading;
using Regimen.Optimization;
using static TorchSharp.torch;

namespace Regimen.Training;

/// <summary>Checks, before the first step, that the parts of a model and the options fit a loop of the user's own.</summary>
internal static class ManualCheck
{
    /// <summary>Returns the sub-modules that have an optimizer, by their names.</summary>
    /// <exception cref="RequestException">A name is none of the model's, parts overlap, or a trainable parameter belongs to no part; it holds
    /// every problem.</exception>
    public static IReadOnlyDictionary<string, nn.Module> Parts(nn.Module model, IReadOnlyDictionary<string, OptimizerOptions> optimizers)
    {
        Dictionary<string, nn.Module> modules = model.named_modules().Where(m => m.name.Length > 0).ToDictionary(m => m.name, m => m.module);
        modules[string.Empty] = model;
        string[] unknown = [.. optimizers.Keys.Where(name => !modules.ContainsKey(name))];
        Problem[] problems = optimizers.Count == 0 ? [new Problem("No part of the model has an optimizer") { Where = model.GetType().Name, Expected = "an optimizer for each part that is trained" }]
            : unknown.Length > 0 ? [.. unknown.Select(name => Unknown(name, model, modules.Keys))]
            : [.. Overlaps(optimizers.Keys), .. Left(model, optimizers.Keys)];
        if (problems.Length > 0)
        {
            throw new RequestException(problems);
        }

        return optimizers.Keys.ToDictionary(name => name, name => modules[name]);
    }

    /// <summary>Returns the problems of options that have no meaning where the step is the user's.</summary>
    public static IEnumerable<Problem> Options(TrainOptions options, Objective? objective, DataLoader? validation, IReadOnlyList<string> values)
    {
        foreach (string name in values.Where(v => v is "loss" or "lr" or "" || v.Any(c => !char.IsAsciiLetterOrDigit(c) && c != '_')).Concat(values.GroupBy(v => v).Where(g => g.Count() > 1).Select(g => g.Key)))
        {
            yield return new Problem("A reported value has an invalid name") { Where = "values", Expected = "different names of letters, digits and underscores, other than loss and lr", Received = $"'{name}'" };
        }

        if (options.Freeze.Count > 0)
        {
            yield return Unsupported("freeze", $"{options.Freeze.Count} rules", "Set requires_grad to false, or do not update the part in some steps.");
        }

        if (options.Average is { } average)
        {
            yield return Unsupported("average", average.GetType().Name, "Average weights in the step, in buffers of the model.");
        }

        if (options.Precision != Precision.Fp32)
        {
            yield return Unsupported("trainer.precision", $"{options.Precision}", "Convert tensors in the step.");
        }

        if (validation is not null && objective is null)
        {
            yield return new Problem("A validation set needs an objective, which measures the model on it") { Where = "objective", Expected = "an Objective", Received = "null" };
        }
    }

    private static Problem Unsupported(string where, string received, string hint)
        => new("This option does not apply to a step of your own") { Where = where, Expected = "the default", Received = received, Hint = hint };

    private static Problem Unknown(string name, nn.Module model, IEnumerable<string> known) => new($"The model has no part '{name}'")
    {
        Where = model.GetType().Name,
        Expected = $"one of {string.Join(", ", known.Where(k => k.Length > 0 && !k.Contains('.', StringComparison.Ordinal)))}",
        Received = name,
    };

    private static IEnumerable<Problem> Overlaps(IEnumerable<string> names)
        => from outer in names
           from inner in names
           where inner != outer && (outer.Length == 0 || inner.StartsWith($"{outer}.", StringComparison.Ordinal))
           select new Problem("Two optimizers would update the same parameters")
           {
               Where = inner,
               Expected = "parts that do not contain each other",
               Received = outer.Length == 0 ? $"'{inner}' and the whole model" : $"'{inner}' within '{outer}'",
           };

    private static IEnumerable<Problem> Left(nn.Module model, IEnumerable<string> names)
        => model.named_parameters()
            .Where(p => p.parameter.requires_grad && !names.Any(n => n.Length == 0 || p.name.StartsWith($"{n}.", StringComparison.Ordinal)))
            .Select(p => new Problem($"No optimizer trains the parameter '{p.name}'")
            {
                Where = model.GetType().Name,
                Expected = "an optimizer for a part that contains it, or requires_grad = false",
                Received = $"optimizers for {string.Join(", ", names)}",
            });
}
