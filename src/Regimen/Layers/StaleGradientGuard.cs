using static TorchSharp.torch;

namespace Regimen.Layers;

/// <summary>Makes a backward pass fail with libtorch's own error if values that it needs were changed in place.</summary>
/// <remarks>A managed backward function can't throw, because an exception that leaves it ends the process. So each chain has an empty tensor
/// among its inputs whose own backward operation checks a saved value. To fail, that value is changed: libtorch then reports "one of the
/// variables needed for gradient computation has been modified by an inplace operation" from <c>backward()</c>.</remarks>
internal sealed class StaleGradientGuard
{
    [ThreadStatic]
    private static StaleGradientGuard? _current;
    private readonly Tensor _checked = zeros(0, requires_grad: true).DetachFromDisposeScope();

    private StaleGradientGuard()
    {
    }

    /// <summary>The guard of this thread.</summary>
    public static StaleGradientGuard Current => _current ??= new();

    /// <summary>Returns the additional input for a chain.</summary>
    public Tensor NewInput() => _checked.abs();

    /// <summary>Makes the running backward pass fail, and every other one of this guard that has not run yet.</summary>
    public void Fail()
    {
        using IDisposable noGrad = no_grad();
        _checked.fill_(0);
        if (_current == this)
        {
            _current = null;
        }
    }
}
