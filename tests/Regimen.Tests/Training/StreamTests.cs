using Regimen.Data;
using Regimen.Engine;
using Regimen.Loading;
using Regimen.Optimization;
using Regimen.Recording;
using Regimen.Reproducibility;
using Regimen.Runs;
using Regimen.Safetensors;
using Regimen.Tests.TestKit;
using Regimen.Training;

namespace Regimen.Tests.Training;

/// <summary>Tests trainings on streams: order, epochs, errors, and the bits of a resumed training.</summary>
public sealed class StreamTests : IDisposable
{
    private static readonly Field[] Numbers = [Field.Inputs(new SampleShape(1)), new Field(Field.Target, SampleShape.Scalar, ElementType.Float32)];
    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Interrupted at the first step, in the middle and at the end of an epoch (5 batches), of a pass (31 samples) and of a block (23).</summary>
    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(5, 1, 0)]
    [InlineData(6, 1, 1)]
    [InlineData(11, 1, 1)]
    [InlineData(26, 1, 1)]
    [InlineData(4, 2, 1)]
    [InlineData(6, 2, 0)]
    public void An_interrupted_training_resumes_to_the_bits_of_an_uninterrupted_one(long step, int accumulate, int workers)
    {
        using TinyNet whole = TinyNet.Seeded(drop: 0.2);
        var expected = new EventLog();
        Fit(whole, Clusters(), [expected], accumulate: accumulate, workers: workers);
        Assert.Equal(27, expected.Losses.Length);

        string run = Interrupted(step, accumulate);
        using RunRecorder resumed = RunRecorder.Resume(run);
        using TinyNet again = TinyNet.Seeded(seed: 77, drop: 0.2);
        var log = new EventLog();
        Fit(again, Clusters(), [resumed, log], resumed.From, accumulate, workers);
        Assert.Equal(expected.Losses[(int)step..], log.Losses);
        Assert.Equal(Weights.Digest(whole), Weights.Digest(again));
        resumed.Dispose();

        using TinyNet verified = TinyNet.Seeded(drop: 0.2);
        var verifier = new RunVerifier(run);
        Fit(verified, Clusters(), [verifier], accumulate: accumulate);
        Assert.True(verifier.IsIdentical);
    }

    [Fact]
    public void The_order_is_a_function_of_the_seed_and_each_block_has_every_sample_once()
    {
        using DataLoader loader = Numbered(batchSize: 3, buffer: 10, workers: 1);
        float[] first = Read(loader, seed: 4, epoch: 1), second = Read(loader, seed: 4, epoch: 2);
        float[] all = [.. first, .. second];
        Assert.Equal(42, all.Length);
        for (int block = 0; block < 4; block++)
        {
            float[] samples = all[(10 * block)..(10 * (block + 1))];
            Assert.Equal(Enumerable.Range(10 * block, 10).Select(i => (float)i), samples.Order());
            Assert.NotEqual(samples.Order(), samples);
        }

        Assert.NotEqual(all[..10], all[10..20].Select(v => v - 10));
        using DataLoader inline = Numbered(batchSize: 3, buffer: 10, workers: 0);
        Assert.Equal(second, Read(inline, seed: 4, epoch: 2));
        Assert.Equal(first, Read(inline, seed: 4, epoch: 1));
        Assert.NotEqual(first, Read(inline, seed: 5, epoch: 1));
        Assert.Equal(first[12..], Read(inline, seed: 4, epoch: 1, firstBatch: 4));
    }

    [Fact]
    public void Without_a_buffer_samples_keep_their_order_and_a_batch_goes_on_in_the_next_pass()
    {
        int opened = 0, closed = 0;
        using (DataLoader loader = DataLoader.ForStream(DataStream.From(Numbers, () => Count(8)), new StreamOptions { BatchesPerEpoch = 7 }, new LoaderOptions { BatchSize = 3, Workers = 0 }))
        {
            Assert.Equal(Enumerable.Range(0, 42).Select(i => (float)(i % 8)), [.. Read(loader, 1, 1), .. Read(loader, 1, 2)]);
            Assert.Equal(6, opened);
            Assert.Equal(5, closed);
        }

        Assert.Equal(6, closed);

        IEnumerable<StreamSample> Count(int samples)
        {
            opened++;
            var shared = new float[1];
            try
            {
                for (int i = 0; i < samples; i++)
                {
                    shared[0] = i;
                    yield return new StreamSample(shared, 0f);
                }
            }
            finally
            {
                closed++;
            }
        }
    }

    [Fact]
    public void An_async_stream_gives_the_batches_of_a_sync_one()
    {
        using DataLoader loader = DataLoader.ForStream(DataStream.From(Numbers, Ask), new StreamOptions { BatchesPerEpoch = 5, ShuffleBuffer = 10 }, new LoaderOptions { BatchSize = 3 });
        using DataLoader sync = Numbered(batchSize: 3, buffer: 10, workers: 0);
        Assert.Equal(Read(sync, 9, 1)[..15], Read(loader, 9, 1));

        static async IAsyncEnumerable<StreamSample> Ask()
        {
            for (int i = 0; ; i++)
            {
                await Task.Yield();
                yield return Number(i);
            }
        }
    }

    [Fact]
    public void Samples_of_variable_length_are_padded()
    {
        Field[] fields = [Field.Tokens("tokens", 5, 9, padding: 8), Field.ClassIndex];
        DataStream stream = DataStream.From(fields, () => [new(new long[] { 1, 2, 3 }, new long[] { 0 }), new(new long[] { 4 }, new long[] { 1 })], ["a", "b"]);
        using DataLoader loader = DataLoader.ForStream(stream, new StreamOptions { BatchesPerEpoch = 1 }, new LoaderOptions { BatchSize = 2 });
        foreach (Batch batch in loader.Epoch(1, 1, cancellationToken: Token))
        {
            Assert.Equal([1L, 2, 3, 4, 8, 8], TensorMemory.Span<long>(batch["tokens"]).ToArray());
            Assert.Equal([3L, 1], TensorMemory.Span<long>(batch.Lengths("tokens")).ToArray());
        }
    }

    [Fact]
    public void A_stream_that_is_read_once_is_read_to_its_last_whole_batch()
    {
        int read = 0;
        using TinyNet model = TinyNet.Seeded();
        TrainResult result = Fit(model, DataStream.Once(Fields, Samples(27 * 7).Select(Counted), Classes), []);
        Assert.Equal(27, result.At.Step);
        Assert.Equal(27 * 7, read);

        using TinyNet other = TinyNet.Seeded();
        WorkFailedException failure = Assert.Throws<WorkFailedException>(() => Fit(other, DataStream.Once(Fields, Samples((27 * 7) - 2), Classes), []));
        Assert.Contains("The stream has ended before the training", failure.Message, StringComparison.Ordinal);
        Assert.Contains("187, which are 26 whole batches of 7", failure.Message, StringComparison.Ordinal);

        StreamSample Counted(StreamSample sample)
        {
            read++;
            return sample;
        }
    }

    [Fact]
    public void A_stream_that_can_not_be_repeated_refuses_to_resume_and_the_record_stays()
    {
        string run = Interrupted(7);
        byte[] before = File.ReadAllBytes(Path.Combine(run, "run.json"));
        Assert.Contains("does not return the samples that the run was trained on", Resume(Clusters(first: 1)), StringComparison.Ordinal);
        Assert.Contains("can't be resumed", Resume(DataStream.Once(Fields, Samples(500), Classes)), StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllBytes(Path.Combine(run, "run.json")));

        string Resume(DataStream stream)
        {
            using RunRecorder recorder = RunRecorder.Resume(run);
            using TinyNet model = TinyNet.Seeded(drop: 0.2);
            return Assert.Throws<RequestException>(() => Fit(model, stream, [recorder], recorder.From)).Message;
        }
    }

    public static TheoryData<string, string, Func<int, StreamSample>> Faults => new()
    {
        { "the line is dead", "sample 12 of the stream", _ => throw new IOException("the line is dead") },
        { "does not fit", "input: float[] of 4 value(s)", _ => new StreamSample(new float[3], 0) },
        { "does not fit", "double[] of 4 value(s)", _ => new StreamSample(new double[4], new long[1]) },
        { "does not fit", "2 arrays, one for each of input, target", _ => new StreamSample(new float[4]) },
        { "does not fit", "null", _ => null! },
        { "does not fit", "a class index from 0 to 2", _ => new StreamSample(new float[4], 3) },
    };

    [Theory]
    [MemberData(nameof(Faults))]
    public void A_sample_that_can_not_be_read_is_an_error_with_its_number(string message, string detail, Func<int, StreamSample> fault)
    {
        foreach (int workers in new[] { 0, 1 })
        {
            using TinyNet model = TinyNet.Seeded();
            DataStream stream = DataStream.From(Fields, () => Samples(31).Select((s, i) => i == 12 ? fault(i) : s), Classes);
            string error = Assert.Throws<WorkFailedException>(() => Fit(model, stream, [], workers: workers)).Problem.ToString();
            Assert.Contains(message, error, StringComparison.OrdinalIgnoreCase);
            Assert.Contains(detail, error, StringComparison.OrdinalIgnoreCase);
            Assert.Contains("sample 12 of the stream", error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void An_empty_stream_is_an_error()
    {
        using TinyNet model = TinyNet.Seeded();
        Assert.Contains("The stream has no samples", Assert.Throws<WorkFailedException>(() => Fit(model, DataStream.From(Fields, () => [], Classes), [])).Message, StringComparison.Ordinal);
        Assert.Contains("The stream has no samples", Assert.Throws<WorkFailedException>(() => Fit(model, DataStream.Once(Fields, [], Classes), [])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Options_that_do_not_apply_are_refused()
    {
        using TinyNet model = TinyNet.Seeded();
        using DataLoader loader = DataLoader.ForStream(Clusters());
        var trainer = new Trainer(new TrainOptions { LimitTrainBatches = 3 });
        RequestException refused = Assert.Throws<RequestException>(() => trainer.Fit(model, Objectives.CrossEntropy, Optimizers.Sgd(0.1), loader, cancellationToken: Token));
        Assert.Equal(["TrainOptions.MaxSteps", "TrainOptions.LimitTrainBatches"], refused.Problems.Select(p => p.Where));
        refused = Assert.Throws<RequestException>(() => DataLoader.ForStream(Clusters(), new StreamOptions { BatchesPerEpoch = int.MaxValue }, new LoaderOptions { Sampler = SamplerKind.Weighted }));
        Assert.Equal(["loader.sampler", "StreamOptions.BatchesPerEpoch"], refused.Problems.Select(p => p.Where));
    }

    public void Dispose() => _folder.Dispose();

    private static readonly string[] Classes = ["a", "b", "c"];

    private static readonly Field[] Fields = [Field.Inputs(new SampleShape(4)), Field.ClassIndex];

    private static DataStream Clusters(int first = 0) => DataStream.From(Fields, () => Samples(31, first), Classes);

    private static IEnumerable<StreamSample> Samples(int count, int first = 0)
    {
        for (int i = first; i < first + count; i++)
        {
            RandomStream random = RandomStream.For(7, RandomPurpose.Split, index: i);
            float[] values = [.. Enumerable.Range(0, 4).Select(f => (float)((f % 3 == i % 3 ? 2 : 0) + random.NextDouble() - 0.5))];
            yield return new StreamSample(values, i % 3);
        }
    }

    private static StreamSample Number(int i) => new([i], 0f);

    private static DataLoader Numbered(int batchSize, int buffer, int workers) => DataLoader.ForStream(
        DataStream.From(Numbers, () => Enumerable.Range(0, int.MaxValue).Select(Number)),
        new StreamOptions { BatchesPerEpoch = 7, ShuffleBuffer = buffer },
        new LoaderOptions { BatchSize = batchSize, Workers = workers });

    private static float[] Read(DataLoader loader, ulong seed, int epoch, int firstBatch = 0)
        => [.. loader.Epoch(seed, epoch, firstBatch, Token).SelectMany(b => TensorMemory.Span<float>(b.Input).ToArray())];

    private static TrainResult Fit(
        TinyNet model, DataStream stream, IReadOnlyList<ITrainObserver> observers, ResumePoint? from = null, int accumulate = 1, int workers = 1, CancellationToken cancellationToken = default)
    {
        var options = new TrainOptions { MaxSteps = 27, Seed = 42, Accumulate = accumulate };
        using DataLoader train = DataLoader.ForStream(stream, new StreamOptions { BatchesPerEpoch = 5, ShuffleBuffer = 23 }, new LoaderOptions { BatchSize = 7, Workers = workers });
        using DataLoader validation = DataLoader.ForEvaluation(TinyData.Clusters(17, seed: 9));
        return new Trainer(options, observers).Fit(model, Objectives.CrossEntropy, Optimizers.Sgd(0.3, momentum: 0.9), train, validation, from, cancellationToken);
    }

    private string Interrupted(long step, int accumulate = 1)
    {
        using var stop = new CancellationTokenSource();
        using (var recorder = new RunRecorder(_folder["runs"], "tiny"))
        using (TinyNet model = TinyNet.Seeded(drop: 0.2))
        {
            Fit(model, Clusters(), [recorder, new EventLog(e =>
            {
                if (e is TrainEvent.StepTaken { State.At.Step: var at } && at == step)
                {
                    stop.Cancel();
                }
            })], accumulate: accumulate, cancellationToken: stop.Token);
        }

        return Directory.GetDirectories(_folder["runs"]).Single();
    }
}
