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

    /// <summary>Fails if each of 20 calls leaves a tensor behind.</summary>
    public static void AssertNoneLeaked(Action pass)
    {
        pass();
        long before = SettledCount();
        for (int i = 0; i < 20; i++)
        {
            pass();
        }

        AssertNoneLeaked(before + 10);
    }

    /// <summary>Fails if there are more tensors than before. Fewer are no fault: a thread of an earlier test may end only now.</summary>
    /// <param name="before">What <see cref="SettledCount"/> returned before the code under test.</param>
    public static void AssertNoneLeaked(long before)
    {
        long after = Tensor.TotalCount;
        Assert.True(after <= before, $"{before} tensors before, {after} after");
    }
}
