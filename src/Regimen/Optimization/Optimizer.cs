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

    /// <summary>What a part of the state is called where it is saved: <c>exp_avg.fc1.weight</c>.</summary>
    public static string StateName(string buffer, ParameterRange parameter) => $"{buffer}.{parameter.Name}";

    /// <summary>Makes it stand where another of the same options stood after these steps.</summary>
    /// <param name="steps">Steps taken.</param>
    /// <param name="state">Every part of <see cref="State"/> by <see cref="StateName"/>, in the parameters' shapes.</param>
    /// <exception cref="RequestException">A part is missing, one too many, or of another shape or type: all of them are named, and
    /// nothing is changed.</exception>
    public void Restore(long steps, IReadOnlyDictionary<string, Tensor> state)
    {
        using DisposeScope scope = NewDisposeScope();
        Dictionary<string, Tensor> parts = new(
            from buffer in _state
            from range in Parameters.Ranges
            select KeyValuePair.Create(StateName(buffer.Key, range), range.View(buffer.Value)));
        Problem[] problems =
        [
            .. parts.Where(p => !state.TryGetValue(p.Key, out Tensor? saved) || saved.dtype != p.Value.dtype || !saved.shape.AsSpan().SequenceEqual(p.Value.shape))
                .Select(p => Misfit(p.Key, Describe(p.Value), Describe(state.GetValueOrDefault(p.Key)))),
            .. state.Where(s => !parts.ContainsKey(s.Key)).Select(s => Misfit(s.Key, "no such state", Describe(s.Value))),
        ];
        if (problems.Length > 0)
        {
            throw new RequestException(problems);
        }

        using (no_grad())
        {
            foreach ((string name, Tensor part) in parts)
            {
                part.copy_(state[name]);
            }
        }

        Steps = steps;

        static Problem Misfit(string name, string expected, string received)
            => new($"The saved state does not fit the optimizer: '{name}'") { Expected = expected, Received = received };

        static string Describe(Tensor? tensor) => tensor is null ? "no such state" : $"{tensor.dtype} [{string.Join(", ", tensor.shape)}]";
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
