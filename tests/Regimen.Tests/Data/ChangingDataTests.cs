using System.Security.Cryptography;
using Regimen.Data;
using Regimen.Loading;
using Regimen.Optimization;
using Regimen.Runs;
using Regimen.Tests.TestKit;
using Regimen.Training;

namespace Regimen.Tests.Data;

/// <summary>Tests data sets that are inconsistent or change while they are in use, and data sets smaller than a batch.</summary>
public sealed class ChangingDataTests
{
    public static TheoryData<string, Action<Shifting>, string, string> Changes => new()
    {
        { "samples", d => d.Count = 13, "23, as before the first epoch", "13" },
        { "samples", d => d.Count = 31, "23, as before the first epoch", "31" },
        { "SampleShape", d => d.SampleShape = new SampleShape(2, 2), "[4], as before the first epoch", "[2, 2]" },
        { "classes", d => d.Classes = ["a"], "3, as before the first epoch", "1" },
        { "fields", d => d.Fields = [Field.Inputs(new SampleShape(4))], "input [4] Float32, target [] Int64, as before the first epoch", "input [4] Float32" },
    };

    [Theory]
    [MemberData(nameof(Changes))]
    public void The_changed_property_of_a_data_set_is_named(string what, Action<Shifting> change, string expected, string received)
    {
        foreach (int workers in new[] { 0, 2 })
        {
            var data = new Shifting();
            var log = new EventLog();
            WorkFailedException error = Assert.Throws<WorkFailedException>(() => Fit(data, workers, log, epochEnded: () => change(data)));
            Assert.Equal($"A data set changed while it was being read: its {what}", error.Problem.Message);
            Assert.Equal((nameof(Shifting), expected, received), (error.Problem.Where, error.Problem.Expected, error.Problem.Received));
            Assert.Equal(4, log.Losses.Length);
            Assert.All(log.Events.OfType<TrainEvent.StepTaken>(), s => Assert.InRange(s.Samples, 2, 7));
        }
    }

    [Fact]
    public void A_change_of_the_source_of_a_derived_data_set_is_named()
    {
        foreach (Func<Shifting, IDataset> made in (Func<Shifting, IDataset>[])
            [d => new Subset(d, [.. Enumerable.Range(0, 11)]), d => d.Concat(new Shifting()), d => new MapDataset(d, new SampleShape(4), (from, to) => from.CopyTo(to))])
        {
            var data = new Shifting();
            WorkFailedException error = Assert.Throws<WorkFailedException>(() => Fit(made(data), 0, new EventLog(), epochEnded: () => data.Count = 12));
            Assert.Equal("A data set changed while it was being read: its samples", error.Problem.Message);
            Assert.Equal("12", error.Problem.Received!.Split(' ')[0].Replace("35", "12", StringComparison.Ordinal));
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public void A_change_during_the_last_epoch_is_named(int workers)
    {
        var data = new Shifting();
        WorkFailedException error = Assert.Throws<WorkFailedException>(() => Fit(data, workers, new EventLog(e =>
        {
            if (e is TrainEvent.StepTaken { State.At.Step: 11 })
            {
                data.Count = 3;
            }
        })));
        Assert.Equal("A data set changed while it was being read: its samples", error.Problem.Message);
    }

    [Fact]
    public void An_input_field_whose_shape_differs_from_SampleShape_is_refused()
    {
        var data = new Shifting { SampleShape = new SampleShape(9) };
        Problem problem = Assert.Single(Assert.Throws<RequestException>(() => DataLoader.ForTraining(data)).Problems);
        Assert.Equal((nameof(Shifting), "[4]"), (problem.Where, problem.Received));
        Assert.Throws<RequestException>(() => DataLoader.ForEvaluation(data));
    }

    [Fact]
    public void The_default_batch_size_is_at_most_the_size_of_the_set()
    {
        using DataLoader loader = DataLoader.ForTraining(TinyData.Clusters(40));
        Assert.Equal((40, 1, 40), (loader.BatchSize, loader.Batches, loader.Samples));
        using DataLoader dropping = DataLoader.ForTraining(TinyData.Clusters(40), new LoaderOptions { DropLast = true, Workers = 0 });
        Assert.Equal((40, 1, 40), (dropping.BatchSize, dropping.Batches, dropping.Samples));
        using DataLoader larger = DataLoader.ForTraining(TinyData.Clusters(131), new LoaderOptions { DropLast = true });
        Assert.Equal((64, 2, 128), (larger.BatchSize, larger.Batches, larger.Samples));
        Problem problem = Assert.Single(Assert.Throws<RequestException>(() => DataLoader.ForTraining(TinyData.Clusters(40), new LoaderOptions { BatchSize = 64 })).Problems);
        Assert.Equal(("loader.batch_size", "64"), (problem.Where, problem.Received));
        Assert.Equal(new LoaderOptions(), new LoaderOptions { BatchSize = 64 });

        using TinyNet model = TinyNet.Seeded();
        TrainResult result = new Trainer(new TrainOptions { Epochs = 3 }).Fit(model, Objectives.CrossEntropy, Optimizers.AdamW(), TinyData.Clusters(40), TinyData.Clusters(11));
        Assert.Equal(3, result.At.Step);
    }

    private static void Fit(IDataset data, int workers, EventLog log, Action? epochEnded = null)
    {
        using TinyNet model = TinyNet.Seeded();
        using DataLoader train = DataLoader.ForTraining(data, new LoaderOptions { BatchSize = 7, Workers = workers, Prefetch = 1 });
        new Trainer(new TrainOptions { Epochs = 3 }, [log, new EventLog(e =>
        {
            if (e is TrainEvent.EpochEnded { State.At.Epoch: 1 })
            {
                epochEnded?.Invoke();
            }
        })]).Fit(model, Objectives.CrossEntropy, Optimizers.AdamW(), train);
    }

    /// <summary>A data set whose properties can be changed while it is in use.</summary>
    public sealed class Shifting : IDataset
    {
        private readonly ArrayDataset _data = TinyData.Clusters(40);

        public int Count { get; set; } = 23;

        public IReadOnlyList<Field> Fields { get; set; } = [Field.Inputs(new SampleShape(4)), Field.ClassIndex];

        public SampleShape SampleShape { get; set; } = new(4);

        public IReadOnlyList<string> Classes { get; set; } = ["a", "b", "c"];

        public void Gather(ReadOnlySpan<int> indices, ChannelScale scale, BatchBuffer into) => _data.Gather(indices, scale, into);

        public void AppendTo(IncrementalHash hash) => _data.AppendTo(hash);
    }
}
