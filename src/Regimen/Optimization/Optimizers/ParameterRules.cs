using Regimen.Engine;
using static TorchSharp.torch;

namespace Regimen.Optimization;

/// <summary>Applies an optimizer's rules to parameters: the first rule that matches a parameter's name applies to it.</summary>
internal static class ParameterRules
{
    /// <summary>Returns a problem for each rule that applies to no parameter.</summary>
    public static IEnumerable<Problem> Check(OptimizerOptions options, nn.Module model)
    {
        string[] names = [.. model.named_parameters().Select(p => p.name)];
        var earlier = new List<NamePattern>();
        foreach (ParameterRule rule in options.Rules)
        {
            var pattern = new NamePattern(rule.Match);
            if (pattern.MatchesNothing("optimizer.rules", names, "a parameter of the model") is { } problem)
            {
                yield return problem;
            }
            else if (names.Where(pattern.Matches).All(n => earlier.Any(e => e.Matches(n))))
            {
                yield return new Problem($"The rule `{rule.Match}` would have no effect: earlier rules match the same parameters, and the first one applies")
                {
                    Where = "optimizer.rules",
                    Received = string.Join(", ", options.Rules.Select(r => r.Match)),
                    Hint = "Write it before them.",
                };
            }

            earlier.Add(pattern);
        }

        foreach (Problem problem in options.CheckNames(names))
        {
            yield return problem;
        }
    }

    /// <summary>Returns the settings of each parameter.</summary>
    public static IReadOnlyList<ParameterSettings> Of(OptimizerOptions options, FlatParameters parameters, Func<string, long> stepsBefore)
    {
        (ParameterRule Rule, NamePattern Pattern)[] rules = [.. options.Rules.Select(r => (r, new NamePattern(r.Match)))];
        return
        [
            .. parameters.Ranges.Select(range =>
            {
                ParameterRule? rule = rules.FirstOrDefault(r => r.Pattern.Matches(range.Name)).Rule;
                double decay = rule?.WeightDecay ?? (options.Decays(range) ? options.WeightDecay : 0);
                return new ParameterSettings(decay, rule?.LrScale ?? 1, stepsBefore(range.Name)) { IsApart = options.IsApart(range) };
            }),
        ];
    }
}

/// <summary>The settings of an optimizer for one parameter.</summary>
/// <param name="WeightDecay">The weight decay; 0 for none.</param>
/// <param name="LrScale">The factor of the learning rate.</param>
/// <param name="StepsBefore">The number of steps before the first one that updates it.</param>
internal readonly record struct ParameterSettings(double WeightDecay, double LrScale, long StepsBefore)
{
    /// <summary>Whether the optimizer updates it apart from the others.</summary>
    public bool IsApart { get; init; }
}
