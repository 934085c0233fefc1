using Regimen.Engine;

namespace Regimen.Tests.Engine;

/// <summary>Tests that the arithmetic of a thread is that of its own work alone, as of a predictor beside others.</summary>
public sealed class ArithmeticTests : IDisposable
{
    public void Dispose() => Threads.Use(1);

    [Fact]
    public void A_threads_arithmetic_is_its_own_and_that_of_the_work_it_shares()
    {
        Threads.Use(3, SharedBy.Layers);
        var seen = new Bits[3];
        using (Arithmetic.OnThread(Bits.Portable))
        {
            using (Arithmetic.OnThread(Bits.Machine))
            {
                Assert.Equal(Bits.Machine, Arithmetic.Current);
            }

            Assert.Equal((Bits.Portable, Bits.Machine), (Arithmetic.Current, OfAnotherThread()));
            Threads.Share(3, part => seen[part] = Arithmetic.Current);
        }

        Assert.Equal([Bits.Portable, Bits.Portable, Bits.Portable], seen);
        Assert.Equal(Bits.Machine, Arithmetic.Current);
        Threads.Share(3, part => seen[part] = Arithmetic.Current);
        Assert.Equal([Bits.Machine, Bits.Machine, Bits.Machine], seen);
    }

    [Fact]
    public void The_arithmetic_of_the_process_is_that_of_all_threads()
    {
        using (Arithmetic.Borrow(Bits.Portable))
        {
            Assert.Equal((Bits.Portable, Bits.Portable), (Arithmetic.Current, OfAnotherThread()));
        }

        Assert.Equal((Bits.Machine, Bits.Machine), (Arithmetic.Current, OfAnotherThread()));
    }

    private static Bits OfAnotherThread()
    {
        Bits bits = default;
        var thread = new Thread(() => bits = Arithmetic.Current);
        thread.Start();
        thread.Join();
        return bits;
    }
}
