using Regimen.Engine;
using TorchSharp;
using static TorchSharp.torch;

namespace Regimen.Optimization;

/// <summary>Adjacent parameters with the same optimizer settings: a range of the flat buffers.</summary>
/// <remarks>It begins and ends at multiples of 16 elements, including the gaps, which are always zero.</remarks>
internal sealed unsafe class ParameterGroup : IDisposable
{
    private readonly Tensor[] _state;
    private readonly float*[] _stateMemory = [];
    private readonly float* _values;
    private readonly float* _gradients;

    internal ParameterGroup(FlatParameters parameters, IEnumerable<Tensor> state, IReadOnlyList<ParameterRange> ranges, long end, ParameterSettings settings)
    {
        long start = ranges[0].Start;
        long length = end - start;
        (Length, Settings) = (length, settings);
        Stretches = [.. ranges.Select((range, i) => (range.Start - start, (i + 1 < ranges.Count ? ranges[i + 1].Start : end) - range.Start))];
        Ranges = [.. ranges.Select(range => range with { Start = range.Start - start })];
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

    /// <summary>The number of elements, including the gaps.</summary>
    public long Length { get; }

    /// <summary>The start of each parameter, relative to the group, and its length including the gap after it.</summary>
    internal IReadOnlyList<(long Start, long Length)> Stretches { get; }

    /// <summary>The parameters, each with its start relative to the group.</summary>
    public IReadOnlyList<ParameterRange> Ranges { get; }

    /// <summary>The settings of the group's parameters.</summary>
    public ParameterSettings Settings { get; }

    /// <summary>The weight decay coefficient of the group.</summary>
    public double WeightDecay => Settings.WeightDecay;

    /// <summary>The parameters' values: one dimension.</summary>
    public Tensor Values { get; }

    /// <summary>Their gradients.</summary>
    public Tensor Gradients { get; }

    /// <summary>Whether the values are float32 on the CPU, so that a step can be one pass over memory.</summary>
    internal bool IsOnePass { get; }

    /// <summary>Returns the group's range of a state buffer.</summary>
    /// <param name="index">The index of the buffer, in the order in which the optimizer added them.</param>
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

    /// <summary>A pointer to the values; null unless <see cref="IsOnePass"/>.</summary>
    internal float* ValueMemory => _values;

    /// <summary>A pointer to the gradients.</summary>
    internal float* GradientMemory => _gradients;

    /// <summary>A pointer to the group's range of a state buffer.</summary>
    internal float* StateMemory(int index) => _stateMemory[index];

    /// <summary>Returns the groups of a flat buffer: one, or one for each range of parameters with the same settings, if these differ. Parameters
    /// that are frozen now belong to no group.</summary>
    /// <param name="parameters">The parameters.</param>
    /// <param name="state">The optimizer's state buffers.</param>
    /// <param name="settings">The settings of each parameter.</param>
    internal static ParameterGroup[] Of(FlatParameters parameters, IReadOnlyList<Tensor> state, IReadOnlyList<ParameterSettings> settings)
    {
        var groups = new List<ParameterGroup>();
        IReadOnlyList<ParameterRange> ranges = parameters.Ranges;
        for (int first = 0; first < ranges.Count;)
        {
            int next = first + 1;
            while (next < ranges.Count && settings[next] == settings[first] && parameters.IsFrozen(next) == parameters.IsFrozen(first))
            {
                next++;
            }

            if (!parameters.IsFrozen(first))
            {
                long end = next < ranges.Count ? ranges[next].Start : parameters.Values.numel();
                ParameterRange[] own = [.. ranges.Take(next).Skip(first)];
                groups.Add(new ParameterGroup(parameters, state, own, end, settings[first]));
            }

            first = next;
        }

        return [.. groups];
    }
}
