using static TorchSharp.torch;

namespace Regimen.Tests.TestKit;

/// <summary>Counts the native tensors of this process, which all tests share.</summary>
internal static class Tensors
{
    /// <summary>Returns the count after the garbage collector has freed the tensors of earlier tests, so that it does not free them during the
    /// test. Compare it with <c>Tensor.TotalCount</c>, which includes tensors that the code under test leaves to the collector.</summary>
    public static long SettledCount()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        return Tensor.TotalCount;
    }
}
