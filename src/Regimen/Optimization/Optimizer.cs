using Regimen.Engine;
using TorchSharp;
using static TorchSharp.torch;

namespace Regimen.Optimization;

/// <summary>Changes parameters by their gradients, one step at a time, over flat buffers.</summary>
/// <remarks>Numbers go to libtorch as <see cref="Scalar"/>s that a variable holds: implicit ones can be collected during
/// the call.</remarks>
public abstract class Optimizer : IDisposable
{
    private readonly List<KeyValuePair<string, Tensor>> _state = [];
    private readonly List<IDisposable> _held = [];
    private readonly OptimizerOptions _options;
    private ParameterGroup[]? _groups;
    private int _freezeChanges;

    /// <summary>An optimizer over these parameters.</summary>
    /// <exception cref="RequestException">The options are out of bounds.</exception>
    protected Optimizer(FlatParameters parameters, OptimizerOptions options)
    {
        OptionsCheck.ThrowUnlessValid(options);
        (Parameters, _options) = (parameters, options);
    }

    /// <summary>What is trained.</summary>
    public FlatParameters Parameters { get; }

    /// <summary>Steps taken.</summary>
    public long Steps { get; private set; }

    /// <summary>What the optimizer remembers between steps, by PyTorch's name for it (<c>exp_avg</c>, <c>momentum_buffer</c>): flat
    /// buffers laid out as the parameters.</summary>
    public IReadOnlyList<KeyValuePair<string, Tensor>> State => _state;

    /// <summary>Takes one step with the gradients that stand in <see cref="Parameters"/>, and clears them.</summary>
    /// <param name="lr">The learning rate of this step.</param>
    public void Step(double lr)
    {
        Steps++;
        foreach (ParameterGroup group in Groups())
        {
            if (group.IsOnePass && IsFused)
            {
                UpdateInOnePass(group, lr);
                continue;
            }

            using IDisposable noGrad = no_grad();
            using DisposeScope scope = NewDisposeScope();
            if (group.IsOnePass)
            {
                UpdateInOnePass(group, lr);
            }
            else
            {
                Update(group, lr);
            }

            group.Gradients.zero_();
        }
    }

    /// <summary>Every part of <see cref="State"/> in its parameter's shape, without a copy, under the name by which it is saved:
    /// <c>exp_avg.fc1.weight</c>. Who asks disposes them.</summary>
    public IEnumerable<KeyValuePair<string, Tensor>> NamedState() =>
        from buffer in _state
        from range in Parameters.Ranges
        select KeyValuePair.Create($"{buffer.Key}.{range.Name}", range.View(buffer.Value));

    /// <summary>Makes it stand where another of the same options stood after these steps.</summary>
    /// <param name="steps">Steps taken.</param>
    /// <param name="state">What <see cref="NamedState"/> gave then.</param>
    /// <exception cref="RequestException">A part is missing, one too many, or of another shape or type: all of them are named, and
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

        foreach (IDisposable held in _held)
        {
            held.Dispose();
        }

        GC.SuppressFinalize(this);
    }

    /// <summary>Whether <see cref="UpdateInOnePass"/> makes no tensors and clears the gradients itself.</summary>
    private protected virtual bool IsFused => false;

    private ParameterGroup[] Groups()
    {
        if (_groups is { } groups && _freezeChanges == Parameters.FreezeChanges)
        {
            return groups;
        }

        DisposeGroups();
        _freezeChanges = Parameters.FreezeChanges;
        return _groups = ParameterGroup.Of(Parameters, [.. _state.Select(s => s.Value)], _options);
    }

    private void DisposeGroups()
    {
        foreach (ParameterGroup group in _groups ?? [])
        {
            group.Dispose();
        }

        _groups = null;
    }

    /// <summary>Changes the parameters on any device and in any element type; <see cref="Steps"/> counts this step already. It runs without
    /// gradients and in a dispose scope, and the gradients are cleared after it.</summary>
    protected abstract void Update(ParameterGroup group, double lr);

    /// <summary>The same for float32 on the CPU, where a faster way may exist; <see cref="Update"/> unless it is overridden.</summary>
    protected virtual void UpdateInOnePass(ParameterGroup group, double lr) => Update(group, lr);

    /// <summary>A number as libtorch takes it, held until the optimizer is disposed.</summary>
    protected Scalar Held(double value)
    {
        Scalar scalar = value;
        _held.Add(scalar);
        return scalar;
    }

    /// <summary>The same for a number that changes from step to step.</summary>
    protected CachedScalar HeldVariable()
    {
        var scalar = new CachedScalar();
        _held.Add(scalar);
        return scalar;
    }

    /// <summary>A new state buffer, all zero.</summary>
    /// <returns>Its index, by which <see cref="ParameterGroup.State"/> gives a group's part of it.</returns>
    protected int AddState(string name)
    {
        _state.Add(new(name, zeros_like(Parameters.Values).DetachFromDisposeScope()));
        return _state.Count - 1;
    }
}
