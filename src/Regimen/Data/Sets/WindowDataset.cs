using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Regimen.Data;

/// <summary>Windows over the consecutive samples of a data set, for forecasts: a sample's input are the inputs of <c>window</c> samples one after the
/// other, <c>[window, features]</c>; its target are the targets of the <c>horizon</c> samples after them, <c>[horizon · targets]</c>.</summary>
/// <remarks>The source is read once and kept in memory; windows that overlap share it. Window i begins at sample i · stride. Only whole windows with
/// their whole horizon count, so nothing outside of the source is ever used.</remarks>
public sealed unsafe class WindowDataset : IDataset
{
    private const int ReadTogether = 1024;
    private readonly IDataset _source;
    private readonly float[] _inputs;
    private readonly float[] _targets;
    private readonly int _features;
    private readonly int _perSample;

    /// <summary>Creates windows.</summary>
    /// <param name="source">Samples in the order of time: float32 inputs of one dimension, and numbers as targets.</param>
    /// <param name="window">The number of samples of an input, at least 1.</param>
    /// <param name="horizon">The number of samples after it whose targets are the target; 0 for windows without a target, to predict.</param>
    /// <param name="stride">The distance between the first samples of two windows, at least 1.</param>
    /// <exception cref="ArgumentException">The source has other fields.</exception>
    public WindowDataset(IDataset source, int window, int horizon = 1, int stride = 1)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(window, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(horizon);
        ArgumentOutOfRangeException.ThrowIfLessThan(stride, 1);
        Field[] inputs = [.. source.Fields.Where(f => !f.IsTarget)];
        DatasetTarget target = DatasetTarget.Of(source);
        if (inputs is not [{ Name: Field.Input, Type: ElementType.Float32, Shape.Rank: 1, IsVariable: false }] || (horizon > 0 && target.Kind != TargetKind.Values))
        {
            throw new ArgumentException($"Expected float32 inputs of one dimension{(horizon > 0 ? " and numbers as targets" : string.Empty)}; received {string.Join(", ", source.Fields.Select(f => $"{f.Name} {f.Type} {f.Shape}"))}.", nameof(source));
        }

        (_source, Window, Horizon, Stride) = (source, window, horizon, stride);
        _features = inputs[0].Shape.Elements;
        _perSample = horizon > 0 ? target.Size : 0;
        _inputs = new float[checked(source.Count * _features)];
        _targets = new float[checked(source.Count * _perSample)];
        Read();
        long last = (long)source.Count - window - horizon;
        Count = last < 0 ? 0 : (int)(last / stride) + 1;
        SampleShape = new SampleShape(window, _features);
        int outputs = checked(horizon * _perSample);
        Field[] targets = horizon == 0 ? [] :
        [
            new Field(Field.Target, outputs == 1 ? SampleShape.Scalar : new SampleShape(outputs), ElementType.Float32) { Scale = Repeated(TargetScale.Of(source), horizon) },
        ];
        Fields = [Field.Inputs(SampleShape), .. targets];
    }

    /// <summary>The number of samples of an input.</summary>
    public int Window { get; }

    /// <summary>The number of samples of a target.</summary>
    public int Horizon { get; }

    /// <summary>The distance between the first samples of two windows.</summary>
    public int Stride { get; }

    /// <inheritdoc/>
    public bool IsInMemory => true;

    /// <inheritdoc/>
    public int Count { get; }

    /// <inheritdoc/>
    public IReadOnlyList<Field> Fields { get; }

    /// <inheritdoc/>
    public SampleShape SampleShape { get; }

    /// <summary>The origin of the last sample of the input: where the forecast is made.</summary>
    /// <inheritdoc/>
    public string Origin(int index) => _source.Origin((index * Stride) + Window - 1);

    /// <inheritdoc/>
    public void Gather(ReadOnlySpan<int> indices, ChannelScale scale, BatchBuffer into)
    {
        int size = Window * _features;
        Span<float> inputs = into.Floats(Field.Input);
        fixed (float* all = _inputs)
        {
            for (int row = 0; row < indices.Length; row++)
            {
                RowGather.Floats(all + ((long)indices[row] * Stride * _features), 1, SampleShape, [0], scale, inputs.Slice(row * size, size));
            }
        }

        int outputs = Horizon * _perSample;
        for (int row = 0; outputs > 0 && row < indices.Length; row++)
        {
            _targets.AsSpan(((indices[row] * Stride) + Window) * _perSample, outputs).CopyTo(into.Floats(Field.Target)[(row * outputs)..]);
        }
    }

    /// <inheritdoc/>
    public void AppendTo(IncrementalHash hash)
    {
        DatasetHash.AppendText(hash, "windows\0");
        hash.AppendData(MemoryMarshal.AsBytes<int>([Window, Horizon, Stride]));
        _source.AppendTo(hash);
    }

    private void Read()
    {
        using var buffer = new BatchBuffer(_source.Fields, Math.Clamp(_source.Count, 1, ReadTogether));
        for (int first = 0; first < _source.Count; first += ReadTogether)
        {
            int count = Math.Min(ReadTogether, _source.Count - first);
            _source.Gather([.. Enumerable.Range(first, count)], ChannelScale.Identity, buffer);
            buffer.Floats(Field.Input)[..(count * _features)].CopyTo(_inputs.AsSpan(first * _features));
            if (_perSample > 0)
            {
                buffer.Floats(Field.Target)[..(count * _perSample)].CopyTo(_targets.AsSpan(first * _perSample));
            }
        }
    }

    /// <summary>Returns a scale for the targets of several samples. A single pair is for all values already.</summary>
    private static TargetScale? Repeated(TargetScale? scale, int times) => scale is null || scale.Mean.Count == 1
        ? scale
        : new TargetScale(scale.Type, [.. Enumerable.Repeat(scale.Mean, times).SelectMany(m => m)], [.. Enumerable.Repeat(scale.Std, times).SelectMany(s => s)]);
}
