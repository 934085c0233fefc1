using static TorchSharp.torch;

namespace Regimen.Layers;

/// <summary>Batches with more values than the kernels count: they are computed in halves, so that a run with portable bits does not depend on libtorch.</summary>
internal static class LargeBatch
{
    [ThreadStatic]
    private static long? _mostValues;

    /// <summary>The most values of a batch in one operation on this thread. Tests set less.</summary>
    internal static long MostValues
    {
        get => _mostValues ?? int.MaxValue;
        set => _mostValues = value;
    }

    /// <summary>Whether a batch has to be halved.</summary>
    /// <param name="batch">The number of samples.</param>
    /// <param name="values">The largest number of values of a sample.</param>
    public static bool IsTooLarge(long batch, long values) => batch > 1 && batch * values > MostValues;

    /// <summary>Returns a function of a batch whose samples do not depend on each other.</summary>
    public static Tensor InHalves(Tensor input, Func<Tensor, Tensor> function)
    {
        long half = input.size(0) / 2;
        using Tensor first = input.narrow(0, 0, half);
        using Tensor second = input.narrow(0, half, input.size(0) - half);
        using Tensor ofFirst = function(first);
        using Tensor ofSecond = function(second);
        return cat([ofFirst, ofSecond]);
    }
}
