namespace Regimen.Bench.Workers;

/// <summary>The time that the multiply-adds of a training step take when all cores do nothing else, in registers alone: the floor of the
/// hardware.</summary>
internal static class PeakWorker
{
    private const int Loops = 50;

    public static int Run(WorkOptions options)
    {
        int threads = options.Threads ?? Environment.ProcessorCount;
        double flops = 2.0 * MultiplyAdds(options);
        if (PeakLoop.Measure() is null)
        {
            Worker.Say("refused the processor has no vector multiply-add");
            return 0;
        }

        return Worker.Answer(Worker.ThreadNote(threads), () => flops / Peak(threads) / 1000);
    }

    /// <summary>Returns the GFLOP/s of all threads together.</summary>
    private static double Peak(int threads)
    {
        double[] peaks = new double[threads];
        Thread[] workers = [.. Enumerable.Range(0, threads).Select(i => new Thread(() => peaks[i] = Enumerable.Range(0, Loops).Average(_ => PeakLoop.Measure()!.Value)))];
        Array.ForEach(workers, w => w.Start());
        Array.ForEach(workers, w => w.Join());
        return peaks.Sum();
    }

    /// <summary>Returns the multiply-adds of forward and backward. The first layer's input needs no gradient.</summary>
    private static double MultiplyAdds(WorkOptions options)
    {
        double[] layers = options.Net == "cnn"
            ? [26 * 26 * 32 * 9, 24 * 24 * 64 * 9 * 32, 9216 * 128, 128 * 10]
            : [.. options.Widths().Zip(options.Widths().Skip(1), (inputs, outputs) => (double)inputs * outputs)];
        return options.Batch * ((3 * layers.Sum()) - layers[0]);
    }
}
