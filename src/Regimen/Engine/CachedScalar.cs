using TorchSharp;

namespace Regimen.Engine;

/// <summary>A libtorch <see cref="Scalar"/> that is kept and created again only when its number changes.</summary>
internal sealed class CachedScalar : IDisposable
{
    private double _value;
    private Scalar? _scalar;

    /// <summary>Returns the number as a <see cref="Scalar"/>, valid until the next call with another number.</summary>
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
