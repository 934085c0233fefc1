using System.Text.Json;
using System.Text.Json.Serialization;
using Regimen.Files;

namespace Regimen.Runs;

/// <summary>The status of a run.</summary>
[JsonConverter(typeof(RunStatusConverter))]
public enum RunStatus
{
    /// <summary>The run is in progress, or its process was killed.</summary>
    Running,

    /// <summary>All epochs or steps were trained.</summary>
    Finished,

    /// <summary>Early stopping ended the run.</summary>
    StoppedEarly,

    /// <summary>The run was stopped on request.</summary>
    Interrupted,

    /// <summary>The run ended with an error.</summary>
    Failed,
}

/// <summary>The content of <c>run.json</c>: what ran, with what, where, and how it ended. The file is always replaced as a whole.</summary>
public sealed record RunManifest
{
    /// <summary>The format version of the run folder that this version of Regimen writes.</summary>
    public const int CurrentFormat = 1;

    /// <summary>The format version of the run folder.</summary>
    public int FormatVersion { get; init; } = CurrentFormat;

    /// <summary>The status of the run.</summary>
    public required RunStatus Status { get; init; }

    /// <summary>Why the run ended.</summary>
    public string? Reason { get; init; }

    /// <summary>The class of the observer that ended the training; null, and not in the file, where none did.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? StoppedBy { get; init; }

    /// <summary>For each measured value that is not built in: <c>min</c> where a lower value is better, else <c>max</c>. Null, and not in the
    /// file, where there is none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyDictionary<string, string>? MetricModes { get; init; }

    /// <summary>The start time (UTC).</summary>
    public required DateTimeOffset Started { get; init; }

    /// <summary>The end time (UTC); null while the run is in progress.</summary>
    public DateTimeOffset? Ended { get; init; }

    /// <summary>The wall time in seconds from the first step to the end, test included.</summary>
    public double? Seconds { get; init; }

    /// <summary>The seed of all random numbers.</summary>
    public required ulong Seed { get; init; }

    /// <summary>The number of threads that computed; the most, where their number followed the machine.</summary>
    public required int Threads { get; init; }

    /// <summary>The fewest and the most threads that a step had, over all resumptions; null, and not in the file, where the number was fixed, and until the
    /// run ends.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ThreadRange? ThreadsUsed { get; init; }

    /// <summary>The number of processes that trained together; null, and not in the file, for one. A resumption on another number is in the list of
    /// resumptions.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Ranks { get; init; }

    /// <summary>The component that splits the work among the threads: <c>torch</c> or <c>layers</c>; it follows from the model.</summary>
    public string? ThreadsSharedBy { get; init; }

    /// <summary>What the bits depend on: <c>portable</c> for nothing of the machine, <c>machine</c> for processor, libtorch and threads. Null, and not
    /// in the file, for runs of earlier versions, which are <c>machine</c>.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Bits { get; init; }

    /// <summary>The settings of the memory allocator; null for its defaults. No result depends on them.</summary>
    public string? Allocator { get; init; }

    /// <summary>The device that computed.</summary>
    public required string Device { get; init; }

    /// <summary>The name of the model.</summary>
    public required string Model { get; init; }

    /// <summary>The program that recorded the run with the library, by its assembly's name; null, and not in the file, for a run that the
    /// command made of a config.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Program { get; init; }

    /// <summary>Where the run was imported from; null, and not in the file, for a run of Regimen. An imported run has curves and results but no
    /// weights.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public RunImport? Imported { get; init; }

    /// <summary>The name of the data set.</summary>
    public required string Data { get; init; }

    /// <summary>SHA-256 of the training, validation and test data. It is computed while the run trains, and is recorded before the first
    /// checkpoint; null until then.</summary>
    public required string? DataFingerprint { get; init; }

    /// <summary>The positive class of a binary task; null, and not in the file, for any other task.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? PositiveClass { get; init; }

    /// <summary>The folder that relative paths in the run's config start from. Null in runs of earlier versions.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? WorkingDirectory { get; init; }

    /// <summary>Changes to the data while it was read: samples left out, values filled in. Null, and not in the file, for none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? DataNotes { get; init; }

    /// <summary>The number of trained parameters.</summary>
    public required long Parameters { get; init; }

    /// <summary>The weights that the run started from; null, and not in the file, for random ones.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public RunInit? Init { get; init; }

    /// <summary>The moment of another run that the run started from; null, and not in the file, for a run from the first step.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public RunFork? Fork { get; init; }

    /// <summary>The versions of the software and the machine.</summary>
    public required RunVersions Versions { get; init; }

    /// <summary>The state of the source; null outside a git checkout.</summary>
    public GitState? Git { get; init; }

    /// <summary>The number of epochs and steps of a training that nothing ends early. Null, and not in the file, for runs of earlier versions.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public RunPlan? Plan { get; init; }

    /// <summary>The number of epochs begun.</summary>
    public int Epochs { get; init; }

    /// <summary>The number of optimizer updates.</summary>
    public long Steps { get; init; }

    /// <summary>The epoch of the best weights.</summary>
    public int? BestEpoch { get; init; }

    /// <summary>The step of the best weights.</summary>
    public long? BestStep { get; init; }

    /// <summary>SHA-256 of the weights at the end of the run.</summary>
    public string? WeightsDigest { get; init; }

    /// <summary>The loss and metrics of the weights at the end of the run on the validation set.</summary>
    public IReadOnlyDictionary<string, double?>? Val { get; init; }

    /// <summary>The loss and metrics on the test set.</summary>
    public IReadOnlyDictionary<string, double?>? Test { get; init; }

    /// <summary>The error that ended the run; null for none.</summary>
    public string? Error { get; init; }

    /// <summary>Each time the run was resumed, oldest first.</summary>
    public IReadOnlyList<RunResumed> Resumed { get; init; } = [];

    /// <summary>The loss and metrics at the end of the run by split and name, as <c>val.loss</c>.</summary>
    [JsonIgnore]
    internal IEnumerable<KeyValuePair<string, double?>> Results => new[] { (Split: Pass.Validation, Values: Val), (Split: Pass.Test, Values: Test) }
        .SelectMany(p => (p.Values ?? new Dictionary<string, double?>()).Select(v => KeyValuePair.Create($"{p.Split}.{v.Key}", v.Value)));

    /// <summary>Reads a run's manifest.</summary>
    /// <exception cref="RequestException">It is missing, damaged, or of another format version.</exception>
    public static RunManifest Read(string path) => VersionedJson.Read(path, ManifestJson.Default.RunManifest, CurrentFormat, new(
        "The run's manifest is damaged", "This run was written by another version of Regimen", "Use the version that wrote it (versions.regimen in the file)."));

    /// <summary>Returns the manifest of the run when it is resumed: running, without the results of its end.</summary>
    internal RunManifest Continued(RunResumed resumed) => this with
    {
        Status = RunStatus.Running,
        Reason = null,
        StoppedBy = null,
        Ended = null,
        Error = null,
        Val = null,
        Test = null,
        WeightsDigest = null,
        Resumed = [.. Resumed, resumed],
    };

    /// <summary>Refuses an imported run, which has no weights.</summary>
    /// <exception cref="RequestException">It is such a run.</exception>
    internal void ThrowIfImported(string folder)
    {
        if (Imported is { } import)
        {
            throw new RequestException(new Problem($"This run was imported from {import.From}: it has curves and results, but neither weights nor a config that can be trained")
            {
                Where = folder,
                Expected = "a run of `regimen train`",
                Received = $"an import of {import.Source}",
                Hint = "`regimen runs`, `plot` and `dashboard` show imported runs.",
            });
        }
    }

    /// <summary>Refuses a run that a program recorded with the library, which only that program can train again, and an imported one.</summary>
    /// <exception cref="RequestException">It is such a run.</exception>
    internal void ThrowUnlessOfConfig(string folder)
    {
        ThrowIfImported(folder);
        if (Program is { } program)
        {
            throw new RequestException(new Problem($"This run was recorded by the program {program}, not made of a config")
            {
                Where = folder,
                Expected = "a run of `regimen train`",
                Hint = $"Resume or verify it with {program}: RunRecorder.Resume and RunVerifier take the run's folder.",
            });
        }
    }

    /// <summary>Replaces the file.</summary>
    /// <exception cref="WorkFailedException">The file can't be written; the old one is kept.</exception>
    public void Write(string path) => AtomicFile.WriteAllBytes(path, ToJson());

    /// <summary>Returns the content of the file, in UTF-8.</summary>
    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, ManifestText.Default.RunManifest);
}

/// <summary>The number of epochs and steps of a training that nothing ends early.</summary>
/// <param name="Epochs">The number of epochs.</param>
/// <param name="Steps">The number of steps of the whole training.</param>
/// <param name="StepsPerEpoch">The number of steps of an epoch.</param>
public sealed record RunPlan(int Epochs, long Steps, long StepsPerEpoch);

/// <summary>The origin of an imported run.</summary>
/// <param name="From">The tracker: <c>tensorboard</c> or <c>wandb-csv</c>.</param>
/// <param name="Source">The path of what was imported.</param>
/// <param name="Time">The time of the import (UTC).</param>
public sealed record RunImport(string From, string Source, DateTimeOffset Time);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    WriteIndented = true,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.Never)]
[JsonSerializable(typeof(RunManifest))]
internal sealed partial class ManifestJson : JsonSerializerContext;

/// <summary>The serializer context for writing only. It has no property metadata, whose creation takes ten times as long as the writing.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true, GenerationMode = JsonSourceGenerationMode.Serialization)]
[JsonSerializable(typeof(RunManifest))]
internal sealed partial class ManifestText : JsonSerializerContext;

/// <summary>Converts a status to and from text such as <c>stopped_early</c>.</summary>
internal sealed class RunStatusConverter() : JsonStringEnumConverter<RunStatus>(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false);
