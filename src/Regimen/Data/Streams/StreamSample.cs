namespace Regimen.Data;

/// <summary>One sample of a <see cref="DataStream"/>: an array for each field, in the order of the stream's fields. The arrays are copied when the
/// sample is read, so the stream may use them again.</summary>
public sealed class StreamSample
{
    /// <summary>A sample of any fields.</summary>
    /// <param name="values">For each field <c>float[]</c>, <c>long[]</c> or <c>byte[]</c>, with as many values as its shape has elements; for a
    /// field of variable length fewer, but whole rows and at least one.</param>
    public StreamSample(params Array[] values) => Values = values;

    /// <summary>A sample with an input and a class index.</summary>
    public StreamSample(float[] input, long target)
        : this([input, new[] { target }])
    {
    }

    /// <summary>A sample with an input and a number as its target.</summary>
    public StreamSample(float[] input, float target)
        : this([input, new[] { target }])
    {
    }

    /// <summary>The arrays, in the order of the fields.</summary>
    public IReadOnlyList<Array> Values { get; }
}
