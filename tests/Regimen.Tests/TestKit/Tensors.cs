using static TorchSharp.torch;

namespace Regimen.Tests.TestKit;

/// <summary>How many native tensors there are in this process, which tests share.</summary>
internal static class Tensors
{
    /// <summary>The count once the collector has taken what earlier tests left to it: else it would do so in the middle of the
    /// counting. Compare it with <c>Tensor.TotalCount</c>, which sees what the code under test leaves to the collector.</summary>
    public static long SettledCount()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        return Tensor.TotalCount;
    }
}
