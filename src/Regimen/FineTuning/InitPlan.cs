using Regimen.Safetensors;
using Regimen.WeightFiles;
using static TorchSharp.torch;

namespace Regimen.FineTuning;

/// <summary>Pairs the tensors of a model with those of a file, by names, shapes and types alone.</summary>
internal sealed class InitPlan
{
    private readonly string _path;

    /// <exception cref="RequestException">A pattern of <see cref="InitOptions.Skip"/> or <see cref="InitOptions.Rename"/> is wrong.</exception>
    public InitPlan(IReadOnlyDictionary<string, Tensor> model, WeightFile file, InitOptions options)
    {
        _path = file.Path;
        var mapping = new NameMapping(options.Rename);
        string[] names = [.. file.Entries.Select(e => e.Name)];
        NamePattern[] skip = [.. options.Skip.Select(s => new NamePattern(s))];
        Problem[] problems = [.. mapping.Check(names)];
        if (problems.Length == 0)
        {
            string[] all = [.. model.Keys.Union(names.Select(mapping.Apply))];
            problems = [.. skip.Select(s => s.MatchesNothing("init.skip", all, "a tensor of the model or the file")).OfType<Problem>()];
        }

        if (problems.Length > 0)
        {
            throw new RequestException(problems);
        }

        Dictionary<string, WeightEntry> sources = file.Entries.ToDictionary(e => mapping.Apply(e.Name));
        foreach ((string name, Tensor target) in model)
        {
            if (skip.Any(s => s.Matches(name)))
            {
                Skipped.Add(name);
            }
            else if (!sources.TryGetValue(name, out WeightEntry? source))
            {
                Missing.Add(name);
            }
            else if (Misfit(name, target, source) is { } misfit)
            {
                Misfits.Add(misfit);
            }
            else
            {
                Loaded.Add((name, source));
            }
        }

        Unexpected = [.. sources.Keys.Where(s => !model.ContainsKey(s) && !skip.Any(p => p.Matches(s)))];
    }

    /// <summary>The tensors to load: the model's name, the file's entry.</summary>
    public List<(string Name, WeightEntry Source)> Loaded { get; } = [];

    /// <summary>The model's tensors that are not to be loaded.</summary>
    public List<string> Skipped { get; } = [];

    /// <summary>The model's tensors that the file does not have.</summary>
    public List<string> Missing { get; } = [];

    /// <summary>The model's tensors of another shape or type in the file.</summary>
    public List<InitMisfit> Misfits { get; } = [];

    /// <summary>The file's tensors, after renaming, that the model does not have.</summary>
    public IReadOnlyList<string> Unexpected { get; }

    /// <summary>Throws if the pairs are not complete, or if nothing would be loaded.</summary>
    /// <exception cref="RequestException">It holds the misfits, missing and unexpected names, with the nearest names.</exception>
    public void ThrowUnlessEnough(bool strict)
    {
        // PyTorch added this counter later, and no result depends on it.
        string[] missing = [.. Missing.Where(m => !m.EndsWith("num_batches_tracked", StringComparison.Ordinal))];
        bool isWhole = missing.Length == 0 && Misfits.Count == 0 && Unexpected.Count == 0;
        if (Loaded.Count > 0 && (!strict || isWhole))
        {
            return;
        }

        throw new RequestException([.. InitProblems.Of(_path, missing, this)]);
    }

    private static InitMisfit? Misfit(string name, Tensor target, WeightEntry source)
    {
        string type = TensorType.NameOf(target.dtype);
        bool isSameShape = source.Shape.SequenceEqual(target.shape);
        bool isSameKind = type == source.Type || (SafetensorsType.IsFloat(type) && SafetensorsType.IsFloat(source.Type));
        return isSameShape && isSameKind ? null : new InitMisfit(
            name,
            Describe(type, target.shape),
            Describe(source.Type, source.Shape),
            isSameKind && target.dim() == source.Shape.Count && target.dim() > 0 && target.shape.Skip(1).SequenceEqual(source.Shape.Skip(1)));
    }

    private static string Describe(string type, IEnumerable<long> shape) => $"{type} [{string.Join(", ", shape)}]";
}
