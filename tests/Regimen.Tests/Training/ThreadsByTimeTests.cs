using Regimen.Engine;
using Regimen.Layers;
using Regimen.Optimization;
using Regimen.Runs;
using Regimen.Safetensors;
using Regimen.Tests.TestKit;
using Regimen.Training;

namespace Regimen.Tests.Training;

/// <summary>Tests trainings whose number of threads follows the measured time of their steps.</summary>
public sealed class ThreadsByTimeTests : IDisposable
{
    public void Dispose() => Threads.Use(1);

    [Fact]
    public void The_number_of_threads_changes_while_a_portable_training_goes_on_and_the_weights_do_not()
    {
        Threads.Use(1);
        (string expected, ThreadRange? range) = Train(Bits.Portable, new LoadedClock());
        Assert.Null(range);

        Threads.UseUpTo(2);
        (string weights, range) = Train(Bits.Portable, new LoadedClock { IsLoaded = true });
        Assert.Equal((expected, new ThreadRange(1, 2)), (weights, range));
        Assert.Equal(2, Threads.Parts);
    }

    [Fact]
    public void It_is_fixed_where_the_bits_depend_on_it_and_where_it_was_asked_for()
    {
        Threads.UseUpTo(2);
        Assert.Null(Train(Bits.Machine, new LoadedClock()).Range);
        Threads.Use(2, SharedBy.Layers);
        Assert.Null(Train(Bits.Portable, new LoadedClock()).Range);
    }

    private static (string Weights, ThreadRange? Range) Train(Bits bits, TimeProvider time)
    {
        var trainer = new Trainer(new TrainOptions { Epochs = 30, Seed = 5, Bits = bits, EarlyStopping = null }, time: time);
        using Perceptron model = trainer.CreateModel(() => new Perceptron(4, 700, 37, 3));
        TrainResult result = trainer.Fit(model, Objectives.CrossEntropy, Optimizers.Sgd(0.1), TinyData.Clusters(150, seed: 9), batchSize: 23);
        return (Weights.Digest(model), result.Threads);
    }

    /// <summary>A clock of a machine on which a step of two threads takes ten times as long as one of one thread.</summary>
    private sealed class LoadedClock : TimeProvider
    {
        private const long Frequency = TimeSpan.TicksPerSecond;
        private long _now;

        public override long TimestampFrequency => Frequency;

        public bool IsLoaded { get; init; }

        public override long GetTimestamp() => _now += IsLoaded && Threads.Parts > 1 ? 10 * Frequency / 1000 : Frequency / 1000;
    }
}
