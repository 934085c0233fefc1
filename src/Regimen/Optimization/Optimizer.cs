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
    private readonly OptimizerOptions _options;
    private ParameterGroup[]? _groups;

    /// <summary>An optimizer over these parameters.</summary>
    protected Optimizer(FlatParameters parameters, OptimizerOptions options) => (Parameters, _options) = (parameters, options);

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
        _groups ??= ParameterGroup.Of(Parameters, [.. _state.Select(s => s.Value)], _options);
        foreach (ParameterGroup group in _groups)
        {
            if (group.IsOnePass)
            {
                UpdateInOnePass(group, lr);
                continue;
            }

            using IDisposable noGrad = no_grad();
            using DisposeScope scope = NewDisposeScope();
            Update(group, lr);
            group.Gradients.zero_();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (ParameterGroup group in _groups ?? [])
        {
            group.Dispose();
        }

        foreach ((_, Tensor buffer) in _state)
        {
            buffer.Dispose();
        }

        DisposeScalars();
        GC.SuppressFinalize(this);
    }

    /// <summary>Changes the parameters on any device and in any element type; <see cref="Steps"/> counts this step already.</summary>
    protected abstract void Update(ParameterGroup group, double lr);

    /// <summary>The same for float32 on the CPU; it also clears the gradients.</summary>
    protected abstract void UpdateInOnePass(ParameterGroup group, double lr);

    /// <summary>Frees the numbers held for libtorch.</summary>
    protected abstract void DisposeScalars();

    /// <summary>A new state buffer, all zero.</summary>
    protected Tensor AddState(string name)
    {
        Tensor buffer = zeros_like(Parameters.Values).DetachFromDisposeScope();
        _state.Add(new(name, buffer));
        return buffer;
    }
}
