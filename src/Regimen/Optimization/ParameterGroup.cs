using Regimen.Engine;
using TorchSharp;
using static TorchSharp.torch;

namespace Regimen.Optimization;

/// <summary>Neighbouring parameters that an optimizer treats alike: a stretch of the flat buffers.</summary>
/// <remarks>It begins and ends at multiples of 16 elements, gaps included: they are zero, and stay so.</remarks>
internal sealed unsafe class ParameterGroup : IDisposable
{
    private readonly Tensor[] _state;
    private readonly float*[] _stateMemory = [];
    private readonly float* _values;
    private readonly float* _gradients;

    internal ParameterGroup(FlatParameters parameters, IEnumerable<Tensor> state, IReadOnlyList<ParameterRange> ranges, long end, double weightDecay)
    {
        long start = ranges[0].Start;
        long length = end - start;
        (Length, WeightDecay) = (length, weightDecay);
        Stretches = [.. ranges.Select((range, i) => (range.Start - start, (i + 1 < ranges.Count ? ranges[i + 1].Start : end) - range.Start))];
        Values = parameters.Values.narrow(0, start, length).DetachFromDisposeScope();
        Gradients = parameters.Gradients.narrow(0, start, length).DetachFromDisposeScope();
        _state = [.. state.Select(s => s.narrow(0, start, length).DetachFromDisposeScope())];
        IsOnePass = Values.device_type == DeviceType.CPU && Values.dtype == ScalarType.Float32;
        if (IsOnePass)
        {
            _values = TensorMemory.Pointer<float>(Values);
            _gradients = TensorMemory.Pointer<float>(Gradients);
            _stateMemory = new float*[_state.Length];
            for (int i = 0; i < _state.Length; i++)
            {
                _stateMemory[i] = TensorMemory.Pointer<float>(_state[i]);
            }
        }
    }

    /// <summary>Elements, gaps included.</summary>
    public long Length { get; }

    /// <summary>Where each parameter begins, from the group's beginning, and how long it is with the gap behind it.</summary>
    internal IReadOnlyList<(long Start, long Length)> Stretches { get; }

    /// <summary>How much of each parameter is taken away or added to its gradient, as the optimizer has it.</summary>
    public double WeightDecay { get; }

    /// <summary>The parameters' values: one dimension.</summary>
    public Tensor Values { get; }

    /// <summary>Their gradients.</summary>
    public Tensor Gradients { get; }

    /// <summary>Whether the values are float32 on the CPU, so that a step can be one pass over memory.</summary>
    internal bool IsOnePass { get; }

    /// <summary>A state buffer's stretch.</summary>
    /// <param name="index">Which buffer, in the order in which the optimizer added them.</param>
    public Tensor State(int index) => _state[index];

    /// <inheritdoc/>
    public void Dispose()
    {
        Values.Dispose();
        Gradients.Dispose();
        foreach (Tensor state in _state)
        {
            state.Dispose();
        }
    }

    /// <summary>Where the values lie; null unless <see cref="IsOnePass"/>.</summary>
    internal float* ValueMemory => _values;

    /// <summary>Where the gradients lie.</summary>
    internal float* GradientMemory => _gradients;

    /// <summary>Where a state buffer's stretch lies.</summary>
    internal float* StateMemory(int index) => _stateMemory[index];

    /// <summary>The groups of a flat buffer: one, or, where biases and normalisation weights are not to decay, one for each stretch
    /// of parameters that do or do not. Parameters that were frozen after they were gathered belong to none.</summary>
    internal static ParameterGroup[] Of(FlatParameters parameters, IReadOnlyList<Tensor> state, OptimizerOptions options)
    {
        var groups = new List<ParameterGroup>();
        IReadOnlyList<ParameterRange> ranges = parameters.Ranges;
        for (int first = 0; first < ranges.Count;)
        {
            int next = first + 1;
            while (next < ranges.Count && options.Decays(ranges[next]) == options.Decays(ranges[first]) && parameters.IsFrozen(next) == parameters.IsFrozen(first))
            {
                next++;
            }

            if (!parameters.IsFrozen(first))
            {
                long end = next < ranges.Count ? ranges[next].Start : parameters.Values.numel();
                ParameterRange[] own = [.. ranges.Take(next).Skip(first)];
                groups.Add(new ParameterGroup(parameters, state, own, end, options.Decays(ranges[first]) ? options.WeightDecay : 0));
            }

            first = next;
        }

        return [.. groups];
    }
}
