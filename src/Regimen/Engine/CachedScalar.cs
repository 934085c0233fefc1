using TorchSharp;

namespace Regimen.Engine;

/// <summary>A number that seldom changes, as libtorch takes numbers: made again only when it does, and held while it is used.</summary>
public sealed class CachedScalar : IDisposable
{
    private double _value;
    private Scalar? _scalar;

    /// <summary>The number as a <see cref="Scalar"/>, valid until the next call with another number.</summary>
    public Scalar Of(double value)
    {
        if (_scalar is null || !_value.Equals(value))
        {
            _scalar?.Dispose();
            _scalar = value;
            _value = value;
        }

        return _scalar;
    }

    /// <inheritdoc/>
    public void Dispose() => _scalar?.Dispose();
}
