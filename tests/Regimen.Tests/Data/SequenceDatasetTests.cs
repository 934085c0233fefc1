using System.Security.Cryptography;
using Regimen.Data;
using Regimen.Engine;
using Regimen.Loading;
using Regimen.Optimization;
using Regimen.Reproducibility;
using Regimen.Runs;
using Regimen.Safetensors;
using Regimen.Training;
using TorchSharp.Modules;
using static TorchSharp.torch;
using DataLoader = Regimen.Loading.DataLoader;

namespace Regimen.Tests.Data;

/// <summary>Tests sequences of different lengths: padded batches, masks, batches of similar lengths. The model is that of docs/data.md.</summary>
public sealed class SequenceDatasetTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void A_batch_is_padded_to_its_longest_sequence_and_its_mask_says_where()
    {
        SequenceDataset rows = SequenceDataset.ForRegression([[1, 2, 3, 4], [5, 6], [7, 8, 9, 10, 11, 12]], features: 2, [0.5f, 1, 2]);
        using DataLoader loader = DataLoader.ForEvaluation(rows, new LoaderOptions { EvalBatchSize = 2 });
        var seen = new List<string>();
        foreach (Batch batch in loader.InOrder(Token))
        {
            using Tensor mask = batch.Mask(Field.Input);
            Assert.Equal(ScalarType.Bool, mask.dtype);
            seen.Add($"{string.Join(' ', TensorMemory.Span<float>(batch.Input).ToArray())} | {string.Join(' ', TensorMemory.Span<bool>(mask).ToArray())} | [{string.Join(", ", mask.shape)}] | {string.Join(' ', TensorMemory.Span<float>(batch.Target).ToArray())}");
        }

        Assert.Equal(["1 2 3 4 5 6 0 0 | True True True False | [2, 2] | 0.5 1", "7 8 9 10 11 12 | True True True | [1, 3] | 2"], seen);
    }

    [Fact]
    public void Sequences_that_do_not_fit_are_refused()
    {
        Assert.Contains("received 5 in sequence 1", Assert.Throws<ArgumentException>(() => SequenceDataset.ForRegression([[1], [4, 5]], [0, 0], vocabulary: 5)).Message, StringComparison.Ordinal);
        Assert.Contains("received 3 value(s) for sequence 1", Assert.Throws<ArgumentException>(() => SequenceDataset.ForRegression([[1, 2], [1, 2, 3]], 2, [0, 0])).Message, StringComparison.Ordinal);
        Assert.Contains("received 0 value(s) for sequence 0", Assert.Throws<ArgumentException>(() => SequenceDataset.ForClassification([[], [1L]], [0, 0], 2, ["a"])).Message, StringComparison.Ordinal);
        Assert.Contains("one per sequence; received 1", Assert.Throws<ArgumentException>(() => SequenceDataset.ForClassification([[0L], [1L]], [0], 2, ["a"])).Message, StringComparison.Ordinal);
        Assert.Contains("0 to 0", Assert.Throws<ArgumentException>(() => SequenceDataset.ForClassification([[0L]], [1], 2, ["a"])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_fingerprint_has_the_bounds_between_sequences()
    {
        Assert.NotEqual(Hash([[1, 2], [3]]), Hash([[1], [2, 3]]));
        Assert.Equal(Hash([[1, 2], [3]]), Hash([[1, 2], [3]]));

        static string Hash(long[][] sequences)
        {
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            SequenceDataset.ForRegression(sequences, [0, 0], vocabulary: 4).AppendTo(hash);
            return Convert.ToHexString(hash.GetHashAndReset());
        }
    }

    [Fact]
    public void Buckets_have_every_sample_once_in_batches_of_similar_lengths()
    {
        SequenceDataset data = Sentences(503);
        IDataset part = data.Subset([.. Enumerable.Range(3, 500)]);
        using DataLoader buckets = DataLoader.ForTraining(part, new LoaderOptions { BatchSize = 16, Sampler = SamplerKind.Bucket });
        using DataLoader shuffled = DataLoader.ForTraining(part, new LoaderOptions { BatchSize = 16 });
        int[] order = buckets.Order(seed: 3, epoch: 2);
        Assert.Equal(Enumerable.Range(0, 500), order.Order());
        Assert.Equal(order, buckets.Order(3, 2));
        Assert.NotEqual(order, buckets.Order(3, 1));
        Assert.NotEqual(order, buckets.Order(4, 2));

        // The batches themselves are in random order.
        int[] longest = [.. order.Chunk(16).Select(b => b.Max(i => part.Lengths![i]))];
        Assert.NotEqual(longest.Order(), longest);
        Assert.InRange(Padding(order), 0, Padding(shuffled.Order(3, 2)) / 5);

        int Padding(int[] of) => of.Chunk(16).Sum(b => b.Sum(i => b.Max(j => part.Lengths![j]) - part.Lengths![i]));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(63)]
    [InlineData(64)]
    [InlineData(65)]
    [InlineData(131)]
    public void Buckets_of_any_number_of_samples_are_complete(int count)
    {
        int[] lengths = [.. Enumerable.Range(0, count).Select(i => 1 + (i * 37 % 23))];
        var order = new int[count];
        Samplers.Bucket(lengths, batchSize: 8, batches: 4).Fill(order, 5, 1);
        Assert.Equal(Enumerable.Range(0, count), order.Order());
    }

    [Fact]
    public void A_data_set_without_lengths_is_refused()
    {
        RequestException refused = Assert.Throws<RequestException>(() => DataLoader.ForTraining(TestKit.TinyData.Clusters(40), new LoaderOptions { Sampler = SamplerKind.Bucket }));
        Assert.Equal("loader.sampler", Assert.Single(refused.Problems).Where);
    }

    [Fact]
    public void A_model_with_a_mask_learns_resumes_and_does_not_see_the_padding()
    {
        (float[] whole, string digest, double accuracy) = Train(null);
        Assert.True(accuracy > 0.9, $"accuracy {accuracy}");
        using var stop = new CancellationTokenSource();
        using var folder = new TestKit.TemporaryFolder();
        using (var recorder = new Regimen.Recording.RunRecorder(folder["runs"], "s"))
        {
            Train(null, [recorder, new TestKit.EventLog(e => (e is TrainEvent.StepTaken { State.At.Step: 9 } ? stop : null)?.Cancel())], stop.Token);
        }

        using var resumed = Regimen.Recording.RunRecorder.Resume(Directory.GetDirectories(folder["runs"]).Single());
        (float[] rest, string again, _) = Train(resumed.From, [resumed]);
        Assert.Equal(whole[9..], rest);
        Assert.Equal(digest, again);
    }

    private static (float[] Losses, string Digest, double Accuracy) Train(ResumePoint? from, IReadOnlyList<ITrainObserver>? observers = null, CancellationToken cancellationToken = default)
    {
        var log = new TestKit.EventLog();
        var trainer = new Trainer(new TrainOptions { Epochs = 8, Seed = 3 }, [.. observers ?? [], log]);
        using MeanOfTokens model = trainer.CreateModel(() => new MeanOfTokens());
        SequenceDataset validation = Sentences(97);
        SequenceDataset sentences = Sentences(203);
        using DataLoader loader = DataLoader.ForTraining(sentences, new LoaderOptions { BatchSize = 16, Sampler = SamplerKind.Bucket });
        using DataLoader measured = DataLoader.ForEvaluation(validation);
        TrainResult result = trainer.Fit(model, Objectives.CrossEntropy, Optimizers.AdamW(lr: 0.05), loader, measured, from, cancellationToken);
        return (log.Losses, Weights.Digest(model), result.History.Last(Pass.Validation)?.Metrics["accuracy"] ?? 0);
    }

    /// <summary>Sequences of 1 to 40 tokens, most of which are below or above 15: that is the class.</summary>
    private static SequenceDataset Sentences(int count)
    {
        var sentences = new long[count][];
        var labels = new int[count];
        for (int i = 0; i < count; i++)
        {
            RandomStream random = RandomStream.For(11, RandomPurpose.Split, index: i);
            labels[i] = random.NextInt32(2);
            sentences[i] = [.. Enumerable.Range(0, 1 + random.NextInt32(40)).Select(_ => 1L + random.NextInt32(14) + (15 * labels[i]))];
        }

        SequenceDataset train = SequenceDataset.ForClassification(sentences, labels, vocabulary: 30, ["no", "yes"]);   // long[] tokens, or float[] rows of features
        using DataLoader loader = DataLoader.ForTraining(train, new LoaderOptions { BatchSize = 16, Sampler = SamplerKind.Bucket });
        return (SequenceDataset)loader.Dataset;
    }

    private sealed class MeanOfTokens : nn.Module<Batch, Tensor>
    {
        private readonly Embedding embedding = nn.Embedding(30, 6);
        private readonly Linear fc = nn.Linear(6, 2);

        public MeanOfTokens()
            : base(nameof(MeanOfTokens)) => RegisterComponents();

        public override Tensor forward(Batch batch)
        {
            Tensor own = batch.Mask("tokens").unsqueeze(-1).to(ScalarType.Float32);
            Tensor mean = (embedding.call(batch["tokens"]) * own).sum(1) / own.sum(1);
            return fc.call(mean);
        }
    }
}
