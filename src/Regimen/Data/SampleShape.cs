using System.Collections.Immutable;

namespace Regimen.Data;

/// <summary>The shape of one sample, without the batch dimension: <c>[1, 28, 28]</c> for a grey image (channels, height, width),
/// <c>[4]</c> for a row of four numbers, <c>[]</c> for a single value.</summary>
public readonly struct SampleShape : IEquatable<SampleShape>
{
    private readonly ImmutableArray<int> _dimensions;

    /// <summary>Creates a shape from its dimensions, each at least 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A dimension is below 1, or the number of elements exceeds an <see cref="int"/>.</exception>
    public SampleShape(params ReadOnlySpan<int> dimensions)
    {
        long elements = 1;
        foreach (int dimension in dimensions)
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(dimension, 1, nameof(dimensions));
            elements *= dimension;
            ArgumentOutOfRangeException.ThrowIfGreaterThan(elements, int.MaxValue, nameof(dimensions));
        }

        _dimensions = ImmutableArray.Create(dimensions);
        Elements = (int)elements;
    }

    /// <summary>The shape of a single value: no dimensions, one element.</summary>
    public static SampleShape Scalar { get; } = new([]);

    /// <summary>The dimensions, outermost first.</summary>
    public ImmutableArray<int> Dimensions => _dimensions.IsDefault ? [] : _dimensions;

    /// <summary>The number of dimensions.</summary>
    public int Rank => Dimensions.Length;

    /// <summary>The number of values in a sample: the product of the dimensions.</summary>
    public int Elements { get; }

    /// <summary>The channels of an image (three dimensions), otherwise 1. Normalisation is per channel.</summary>
    public int Channels => Rank == 3 ? _dimensions[0] : 1;

    /// <summary>Returns the shape of a batch: <c>[count, …dimensions]</c>.</summary>
    public long[] Batch(long count) => [count, .. Dimensions.Select(d => (long)d)];

    /// <inheritdoc/>
    public bool Equals(SampleShape other) => Dimensions.AsSpan().SequenceEqual(other.Dimensions.AsSpan());

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is SampleShape other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        foreach (int dimension in Dimensions)
        {
            hash.Add(dimension);
        }

        return hash.ToHashCode();
    }

    /// <summary>Returns a text such as <c>[1, 28, 28]</c>.</summary>
    public override string ToString() => $"[{string.Join(", ", Dimensions)}]";

    /// <summary>Whether two shapes have the same dimensions.</summary>
    public static bool operator ==(SampleShape left, SampleShape right) => left.Equals(right);

    /// <summary>Whether two shapes differ.</summary>
    public static bool operator !=(SampleShape left, SampleShape right) => !left.Equals(right);
}
