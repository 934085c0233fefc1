using System.Security.Cryptography;
using Regimen.Data;
using Regimen.Loading;
using Regimen.Optimization;
using Regimen.Tests.TestKit;
using Regimen.Training;

namespace Regimen.Tests.Data;

/// <summary>Tests that a failure caused by one sample names the sample.</summary>
public sealed class NamedSampleTests
{
    private const int Samples = 23;
    private const int Bad = 17;

    [Theory]
    [InlineData(3)]
    [InlineData(-1)]
    public void An_invalid_label_in_training_is_named(int label)
    {
        WorkFailedException failure = Assert.Throws<WorkFailedException>(() => Fit(WithLabel(label), TinyData.Clusters(Samples)));
        Assert.Equal($"sample {Bad}, counted from 0", failure.Problem.Where);
        Assert.Equal($"{label}", failure.Problem.Received);
        Assert.StartsWith("0 to 2", failure.Problem.Expected, StringComparison.Ordinal);
    }

    [Fact]
    public void An_invalid_label_in_validation_is_named()
    {
        WorkFailedException failure = Assert.Throws<WorkFailedException>(() => Fit(TinyData.Clusters(Samples), WithLabel(3)));
        Assert.Equal($"sample {Bad}, counted from 0", failure.Problem.Where);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public void A_cancellation_inside_the_data_set_is_a_failure_of_the_sample(int workers)
    {
        var data = new Failing(TinyData.Clusters(Samples), () => throw new TaskCanceledException("The request was canceled due to the configured timeout."));
        WorkFailedException failure = Assert.Throws<WorkFailedException>(() => Fit(data, TinyData.Clusters(Samples), workers));
        Assert.Equal($"sample {Bad}, counted from 0", failure.Problem.Where);
        Assert.Contains("configured timeout", failure.Problem.Message, StringComparison.Ordinal);
    }

    private static Mislabelled WithLabel(int label) => new(TinyData.Clusters(Samples), label);

    private static void Fit(IDataset train, IDataset validation, int workers = 1)
    {
        using TinyNet model = TinyNet.Seeded();
        using DataLoader loader = DataLoader.ForTraining(train, new LoaderOptions { BatchSize = 5, Workers = workers });
        using DataLoader validationLoader = DataLoader.ForEvaluation(validation, new LoaderOptions { EvalBatchSize = 4 });
        new Trainer(new TrainOptions { Epochs = 1 }).Fit(model, Objectives.CrossEntropy, Optimizers.Sgd(0.1), loader, validationLoader);
    }

    private abstract class Wrapped(ArrayDataset source) : IDataset
    {
        public int Count => source.Count;

        public IReadOnlyList<Field> Fields => source.Fields;

        public SampleShape SampleShape => source.SampleShape;

        public IReadOnlyList<string> Classes => source.Classes;

        public void Gather(ReadOnlySpan<int> indices, ChannelScale scale, BatchBuffer into)
        {
            source.Gather(indices, scale, into);
            if (indices.IndexOf(Bad) is var at and >= 0)
            {
                Spoil(at, into);
            }
        }

        public void AppendTo(IncrementalHash hash) => source.AppendTo(hash);

        protected abstract void Spoil(int row, BatchBuffer batch);
    }

    private sealed class Mislabelled(ArrayDataset source, int label) : Wrapped(source)
    {
        protected override void Spoil(int row, BatchBuffer batch) => batch.Longs(Field.Target)[row] = label;
    }

    private sealed class Failing(ArrayDataset source, Action fail) : Wrapped(source)
    {
        protected override void Spoil(int row, BatchBuffer batch) => fail();
    }
}
