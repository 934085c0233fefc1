using Regimen.Engine;
using TorchSharp;
using static TorchSharp.torch;

namespace Regimen.Optimization;

/// <summary>Updates parameters with their gradients, one step at a time, over flat buffers.</summary>
public sealed class Optimizer : IDisposable
{
    private readonly KeyValuePair<string, Tensor>[] _state;
    private readonly IReadOnlyList<string> _stateNames;
    private readonly OptimizerOptions _options;
    private readonly IReadOnlyList<ParameterSettings> _settings;
    private ParameterGroup[]? _groups;
    private int _freezeChanges;

    internal Optimizer(FlatParameters parameters, OptimizerOptions options, Func<string, long> stepsBefore)
    {
        OptionsCheck.ThrowUnlessValid(options);
        if (options.StateNames.Distinct().Count() < options.StateNames.Count || options.StateNames.Any(n => n.Length == 0 || n.Any(c => !char.IsLetterOrDigit(c) && c != '_')))
        {
            throw new RequestException(new Problem($"The optimizer {options.GetType().Name} has invalid names of state")
            {
                Where = "StateNames",
                Expected = "a different name of letters, digits and underscores for each buffer",
                Received = string.Join(", ", options.StateNames.Select(n => $"'{string.Concat(n.Select(c => char.IsControl(c) ? '?' : c))}'")),
            });
        }

        (Parameters, _options, _stateNames) = (parameters, options, options.StateNames);
        _settings = ParameterRules.Of(options, parameters, stepsBefore);
        _state = [.. _stateNames.Select(name => KeyValuePair.Create(name, zeros_like(parameters.Values).DetachFromDisposeScope()))];
    }

    /// <summary>The parameters.</summary>
    public FlatParameters Parameters { get; }

    /// <summary>The number of steps taken.</summary>
    public long Steps { get; internal set; }

    /// <summary>The state buffers by name, laid out as the parameters.</summary>
    public IReadOnlyList<KeyValuePair<string, Tensor>> State => _state;

    /// <summary>Takes one step with the gradients in <see cref="Parameters"/>, and clears them.</summary>
    /// <param name="lr">The learning rate of this step.</param>
    public void Step(double lr)
    {
        Steps++;
        foreach (ParameterGroup group in Groups())
        {
            double own = lr * group.Settings.LrScale;
            if (!group.IsOnePass || !_options.TryUpdateInOnePass(group, own, Steps - group.Settings.StepsBefore))
            {
                Update(group, own);
            }
        }
    }

    /// <summary>Returns every part of <see cref="State"/> as a view in its parameter's shape, by the name under which it is saved:
    /// <c>exp_avg.fc1.weight</c>. The caller disposes the views.</summary>
    public IEnumerable<KeyValuePair<string, Tensor>> NamedState() => NamedState(string.Empty);

    /// <summary>Returns the state as <see cref="NamedState()"/> does, for parameters of a part of a model.</summary>
    /// <param name="prefix">What precedes the names of the parameters in the model: <c>generator.</c></param>
    internal IEnumerable<KeyValuePair<string, Tensor>> NamedState(string prefix) =>
        from buffer in _state
        from range in Parameters.Ranges
        select KeyValuePair.Create($"{buffer.Key}.{prefix}{range.Name}", range.View(buffer.Value));

    /// <summary>Restores the state of another optimizer of the same options.</summary>
    /// <param name="steps">The number of steps taken.</param>
    /// <param name="state">Its <see cref="NamedState()"/>.</param>
    /// <exception cref="RequestException">A part is missing, unexpected, or of another shape or type. The exception lists all of them, and
    /// nothing is changed.</exception>
    public void Restore(long steps, IReadOnlyDictionary<string, Tensor> state)
    {
        using DisposeScope scope = NewDisposeScope();
        NamedTensors.CopyInto(new Dictionary<string, Tensor>(NamedState()), state, "The saved state does not fit the optimizer");
        Steps = steps;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        DisposeGroups();
        foreach ((_, Tensor buffer) in _state)
        {
            buffer.Dispose();
        }
    }

    private void Update(ParameterGroup group, double lr)
    {
        using IDisposable noGrad = no_grad();
        using DisposeScope scope = NewDisposeScope();
        List<Scalar> scalars = [];
        try
        {
            _options.Update(new OptimizerStep(group, lr, Steps - group.Settings.StepsBefore, _stateNames, scalars));
            group.Gradients.zero_();
        }
        finally
        {
            scalars.ForEach(scalar => scalar.Dispose());
        }
    }

    private ParameterGroup[] Groups()
    {
        if (_groups is { } groups && _freezeChanges == Parameters.FreezeChanges)
        {
            return groups;
        }

        DisposeGroups();
        _freezeChanges = Parameters.FreezeChanges;
        return _groups = ParameterGroup.Of(Parameters, [.. _state.Select(s => s.Value)], _settings);
    }

    private void DisposeGroups()
    {
        foreach (ParameterGroup group in _groups ?? [])
        {
            group.Dispose();
        }

        _groups = null;
    }
}
