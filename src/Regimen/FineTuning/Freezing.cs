using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Regimen.FineTuning;

/// <summary>Freezes parameters of a model by rules, and unfreezes them when their epoch begins. Which parameters are frozen is a function of the
/// rules and the epoch, so a resumed training freezes the same ones.</summary>
/// <remarks>
/// A frozen parameter gets no gradient and no update, weight decay included; the backward pass ends above layers that are frozen as a whole. A
/// batch norm or instance norm whose parameters are all frozen (or, without parameters, whose name matches) is in evaluation mode: it uses
/// its running statistics and keeps them. Dropout in frozen layers stays on. The first rule that matches a parameter applies.
/// </remarks>
internal sealed class Freezing : IDisposable
{
    private const int Never = int.MaxValue;
    private readonly List<(string Name, Parameter Parameter, int FirstEpoch)> _parameters = [];
    private readonly List<(NormBase Layer, int FirstEpoch)> _norms = [];
    private readonly HashSet<NormBase> _evaluated = new(ReferenceEqualityComparer.Instance);

    /// <summary>Finds what the rules match; changes nothing.</summary>
    public Freezing(nn.Module model, IReadOnlyList<FreezeRule> rules)
    {
        if (rules.Count == 0)
        {
            return;
        }

        (NamePattern Pattern, int FirstEpoch)[] patterns = [.. rules.Select(r => (new NamePattern(r.Match), r.UntilEpoch ?? Never))];
        var epochs = new Dictionary<IntPtr, int>();
        foreach ((string name, Parameter parameter) in model.named_parameters().Where(p => p.parameter.requires_grad))
        {
            if (patterns.FirstOrDefault(p => p.Pattern.Matches(name)) is { Pattern: not null, FirstEpoch: var epoch } && epochs.TryAdd(parameter.Handle, epoch))
            {
                _parameters.Add((name, parameter, epoch));
            }
        }

        foreach ((string name, nn.Module module) in model.named_modules())
        {
            if (module is NormBase norm)
            {
                Parameter[] own = [.. norm.parameters(recurse: false)];
                int first = own.Length > 0
                    ? own.Min(p => epochs.GetValueOrDefault(p.Handle, p.requires_grad ? 1 : Never))
                    : patterns.FirstOrDefault(p => p.Pattern.Matches(name)) is { Pattern: not null, FirstEpoch: var epoch } ? epoch : 1;
                bool isByRule = own.Length == 0 || own.Any(p => epochs.ContainsKey(p.Handle));
                _norms.AddRange(first > 1 && isByRule ? [(norm, first)] : []);
            }
        }
    }

    /// <summary>Returns a problem for each rule that matches nothing, and if nothing would be trained in the first epoch.</summary>
    public static IEnumerable<Problem> Check(nn.Module model, IReadOnlyList<FreezeRule> rules)
    {
        string[] names = [.. model.named_parameters().Select(p => p.name), .. model.named_modules().Where(m => m.module is NormBase).Select(m => m.name)];
        Problem[] problems = [.. rules.Select(r => new NamePattern(r.Match).MatchesNothing("freeze", names, "a parameter of the model")).OfType<Problem>()];
        if (problems.Length == 0 && rules.Count > 0)
        {
            using var freezing = new Freezing(model, rules);
            HashSet<IntPtr> frozen = [.. freezing._parameters.Select(p => p.Parameter.Handle)];
            if (model.named_parameters().All(p => !p.parameter.requires_grad || frozen.Contains(p.parameter.Handle)))
            {
                problems = [new Problem("Every parameter would be frozen in the first epoch, so that nothing could be trained")
                {
                    Where = "freeze",
                    Expected = "patterns that leave at least one parameter to train",
                    Received = string.Join(", ", rules.Select(r => r.Match)),
                }];
            }
        }

        return problems;
    }

    /// <summary>Whether any parameter or layer is frozen at some time.</summary>
    public bool Any => _parameters.Count > 0 || _norms.Count > 0;

    /// <summary>Whether a layer keeps its running statistics in the first epoch.</summary>
    public bool KeepsStatistics(nn.Module layer) => _norms.Any(n => ReferenceEquals(n.Layer, layer));

    /// <summary>The number of epochs before the first in which a parameter is trained.</summary>
    public int EpochsBefore(string name) => _parameters.FirstOrDefault(p => p.Name == name) is { Parameter: not null, FirstEpoch: < Never and var epoch } ? epoch - 1 : 0;

    /// <summary>Freezes the parameters that are never trained, so that they get no gradient and no state of the optimizer.</summary>
    public void BeginTraining() => SetTrained(p => p < Never);

    /// <summary>Freezes and unfreezes everything as the epoch requires.</summary>
    /// <param name="epoch">The epoch, from 1.</param>
    public void BeginEpoch(int epoch)
    {
        SetTrained(first => epoch >= first);
        foreach ((NormBase layer, int first) in _norms)
        {
            if (epoch < first && layer.training && _evaluated.Add(layer))
            {
                layer.eval();
            }
            else if (epoch >= first && _evaluated.Remove(layer))
            {
                layer.train();
            }
        }
    }

    /// <summary>Makes everything trainable again.</summary>
    public void Dispose()
    {
        SetTrained(_ => true);
        foreach (NormBase layer in _evaluated)
        {
            layer.train();
        }

        _evaluated.Clear();
    }

    private void SetTrained(Func<int, bool> isTrained)
    {
        foreach ((_, Parameter parameter, int first) in _parameters)
        {
            if (parameter.requires_grad != isTrained(first))
            {
                parameter.requires_grad = isTrained(first);
            }
        }
    }
}
