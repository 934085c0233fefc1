using System.Security.Cryptography;
using Regimen.Catalog;
using Regimen.Configuration;
using Regimen.Data;
using Regimen.Datasets;
using Regimen.Experiments;
using Regimen.Loading;
using Regimen.Recording;
using Regimen.Runs;
using Regimen.Tests.TestKit;
using Regimen.Training;

namespace Regimen.Tests.Experiments;

/// <summary>Data is hashed only for runs, in parallel with the training, and before the first checkpoint.</summary>
public sealed class DataHashingTests : IDisposable
{
    private static readonly ComponentCatalog Catalog = ComponentCatalog.FromTypes([typeof(SlowToHash)]);
    private static readonly RunEnvironment Surroundings = new(Manifests.Running().Versions, null);
    private readonly TemporaryFolder _folder = new();

    public DataHashingTests() => SlowToHash.Begin();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Only_the_first_checkpoint_waits_for_the_fingerprint()
    {
        RunManifest? atFirstStep = null;
        string run = Train(e =>
        {
            if (e is TrainEvent.StepTaken { State.At.Step: 2 })
            {
                atFirstStep = RunManifest.Read(Path.Combine(_folder["runs"], "run.json"));
                SlowToHash.LetGo.Set();
            }
        });
        Assert.True(SlowToHash.WasLetGo, "hashing was waited for before the second step");
        Assert.Null(atFirstStep!.DataFingerprint);
        Assert.Matches("^[0-9a-f]{64}$", RunManifest.Read(Path.Combine(run, "run.json")).DataFingerprint);
        Assert.Equal(1, SlowToHash.Hashed);
        string[] log = File.ReadAllLines(Path.Combine(run, "train.log"));
        Assert.True(Array.FindIndex(log, l => l.Contains("data fingerprint", StringComparison.Ordinal)) < Array.FindIndex(log, l => l.Contains("INF checkpoint", StringComparison.Ordinal)));
    }

    [Fact]
    public void A_failure_of_hashing_fails_the_run_with_its_message()
    {
        SlowToHash.Failure = new InvalidDataException("the fourth sample is gone");
        SlowToHash.LetGo.Set();
        WorkFailedException failure = Assert.Throws<WorkFailedException>(() => Train(_ => { }));
        Assert.Contains("the fourth sample is gone", failure.Problem.Message, StringComparison.Ordinal);
        Assert.Equal("data=slow_to_hash", failure.Problem.Where);
        RunManifest manifest = RunManifest.Read(Path.Combine(_folder["runs"], "run.json"));
        Assert.Equal((RunStatus.Failed, (string?)null), (manifest.Status, manifest.DataFingerprint));
    }

    [Fact]
    public void Evaluation_does_not_hash_the_data()
    {
        using Experiment experiment = Prepare();
        experiment.Check();
        using DataLoader loader = experiment.EvaluationLoader("val");
        Assert.Equal(4, loader.Epoch(0, 0).Sum(b => (int)b.Input.shape[0]));
        Assert.Equal(0, SlowToHash.Hashed);
    }

    private static RunConfig Config(string folder) => ConfigComposer.Compose(Catalog, new ConfigRequest
    {
        WorkingDirectory = folder,
        Arguments = ["data=slow_to_hash", "threads=1", "loader.batch_size=5", "trainer.epochs=2", "early_stopping=none"],
    }).Config;

    private Experiment Prepare() => Experiment.Prepare(Config(_folder.FullPath), Catalog);

    private string Train(Action<TrainEvent> act)
    {
        using Experiment experiment = Prepare();
        using RunFolder folder = RunFolder.Create(_folder.FullPath, "runs", StoppedClock.AtNoon);
        Directory.CreateSymbolicLink(_folder["runs"], folder.FullPath);
        experiment.Run(folder, [new EventLog(act)], Surroundings, TimeProvider.System, cancellationToken: TestContext.Current.CancellationToken);
        return folder.FullPath;
    }
}

/// <summary>A data set of nineteen samples whose hashing waits for a signal of the test.</summary>
public sealed class SlowToHash : IDataset
{
    private readonly ArrayDataset _samples = ArrayDataset.ForClassification(
        [.. Enumerable.Range(0, 38).Select(i => (float)(i * 7 % 19))], [.. Enumerable.Range(0, 19).Select(i => i % 2)], new SampleShape(2), ["a", "b"]);

    public static ManualResetEventSlim LetGo { get; private set; } = new();

    public static bool WasLetGo { get; private set; }

    public static int Hashed { get; private set; }

    public static Exception? Failure { get; set; }

    public int Count => _samples.Count;

    public IReadOnlyList<Field> Fields => _samples.Fields;

    public SampleShape SampleShape => _samples.SampleShape;

    public IReadOnlyList<string> Classes => _samples.Classes;

    public static void Begin() => (LetGo, WasLetGo, Hashed, Failure) = (new(), false, 0, null);

    [Dataset("slow_to_hash")]
    public static DataSplits Load(SlowToHashOptions _, DatasetContext context)
    {
        (Subset train, Subset validation) = RandomSplit.HoldOut(new SlowToHash(), 0.2, context.Seed);
        return new DataSplits { Train = train, Validation = validation };
    }

    public void Gather(ReadOnlySpan<int> indices, ChannelScale scale, BatchBuffer into) => _samples.Gather(indices, scale, into);

    public void AppendTo(IncrementalHash hash)
    {
        // The timeout is long enough that only a training that waits for it reaches the end.
        WasLetGo = LetGo.Wait(TimeSpan.FromSeconds(30));
        Hashed++;
        _samples.AppendTo(hash);
        if (Failure is not null)
        {
            throw Failure;
        }
    }

}

/// <summary>The options, which are empty.</summary>
public sealed record SlowToHashOptions;
