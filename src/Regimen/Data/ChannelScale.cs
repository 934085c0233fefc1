namespace Regimen.Data;

/// <summary><c>value · scale + offset</c>, one pair a channel, or one pair for all channels.</summary>
/// <remarks>The product is rounded before the sum (never fused), so that every vector width gives the same bits.</remarks>
public sealed class ChannelScale
{
    /// <summary>With one or as many pairs as there are channels.</summary>
    public ChannelScale(IReadOnlyList<float> scale, IReadOnlyList<float> offset)
    {
        ArgumentOutOfRangeException.ThrowIfZero(scale.Count, nameof(scale));
        ArgumentOutOfRangeException.ThrowIfNotEqual(offset.Count, scale.Count, nameof(offset));
        Scale = scale;
        Offset = offset;
    }

    /// <summary>Leaves values as they are.</summary>
    public static ChannelScale Identity { get; } = new([1f], [0f]);

    /// <summary>The factors, one a channel or one for all.</summary>
    public IReadOnlyList<float> Scale { get; }

    /// <summary>The summands, one a channel or one for all.</summary>
    public IReadOnlyList<float> Offset { get; }

    /// <summary>The pair of a channel.</summary>
    public (float Scale, float Offset) this[int channel] => Scale.Count == 1 ? (Scale[0], Offset[0]) : (Scale[channel], Offset[channel]);
}
