using System.Text.Json;
using System.Text.Json.Serialization;
using Regimen.Files;
using Regimen.Runs;

namespace Regimen.SweepFiles;

/// <summary>The status of a sweep.</summary>
[JsonConverter(typeof(SweepStatusConverter))]
public enum SweepStatus
{
    /// <summary>It is in progress, or its process was killed.</summary>
    Running,

    /// <summary>Every trial has ended, or was paused for good.</summary>
    Finished,

    /// <summary>It was stopped on request.</summary>
    Interrupted,

    /// <summary>A trial failed, and the sweep was told to stop then.</summary>
    Failed,
}

/// <summary>The share of a key in the differences between the results of a sweep.</summary>
/// <param name="Key">The key.</param>
/// <param name="Share">The share, from 0 to 1; the shares of all keys sum to 1.</param>
public sealed record KeyImportance(string Key, double Share);

/// <summary>The content of <c>sweep.json</c>: the plan of a sweep and the state of each trial. The file is always replaced as a whole.</summary>
public sealed record SweepRecord
{
    /// <summary>The name of the file.</summary>
    public const string FileName = "sweep.json";

    /// <summary>The format version that this version of Regimen writes and reads.</summary>
    public const int CurrentFormat = 1;

    /// <summary>The format version of the file.</summary>
    public int FormatVersion { get; init; } = CurrentFormat;

    /// <summary>The name of the sweep.</summary>
    public required string Name { get; init; }

    /// <summary>The status.</summary>
    public required SweepStatus Status { get; init; }

    /// <summary>The start time (UTC).</summary>
    public required DateTimeOffset Started { get; init; }

    /// <summary>The end time (UTC); null while the sweep is in progress.</summary>
    public DateTimeOffset? Ended { get; init; }

    /// <summary>The folder that the sweep was started in, from which relative paths of its trials' configs start.</summary>
    public required string WorkingDirectory { get; init; }

    /// <summary>The plan.</summary>
    public required SweepPlan Plan { get; init; }

    /// <summary>What is asked of Slurm for each trial; null if the trials are processes of this machine. The trials' results do not follow from it.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public SlurmSettings? Slurm { get; init; }

    /// <summary>The trials that are known, in the order of their numbers.</summary>
    public required IReadOnlyList<TrialRecord> Trials { get; init; }

    /// <summary>The importance of each key, largest first; empty before the end and where it can't be computed.</summary>
    public IReadOnlyList<KeyImportance> Importance { get; init; } = [];

    /// <summary>Returns the run folder of a trial.</summary>
    /// <param name="sweep">The sweep's folder.</param>
    /// <param name="number">The trial's number, from 1.</param>
    public static string TrialFolder(string sweep, int number) => Path.Combine(sweep, "trials", number.ToString("0000", System.Globalization.CultureInfo.InvariantCulture));

    /// <summary>Returns the name of the record in a sweep's folder: that of a cross-validation has another one.</summary>
    internal static string NameIn(string folder)
        => !File.Exists(Path.Combine(folder, FileName)) && File.Exists(Path.Combine(folder, CrossValidationPlan.FileName)) ? CrossValidationPlan.FileName : FileName;

    /// <summary>Reads a sweep's record.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="RequestException">It is missing, damaged, or of another format version.</exception>
    public static SweepRecord Read(string path) => VersionedJson.Read(
        path, SweepJson.Default.SweepRecord, CurrentFormat, new("The sweep's record is damaged", "This sweep was written by another version of Regimen", "Use the version that wrote it."));

    /// <summary>Replaces the file.</summary>
    /// <exception cref="WorkFailedException">The file can't be written; the old one is kept.</exception>
    public void Write(string path) => AtomicFile.WriteAllBytes(path, JsonSerializer.SerializeToUtf8Bytes(this, SweepJson.Default.SweepRecord));
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    WriteIndented = true,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true,
    NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    DefaultIgnoreCondition = JsonIgnoreCondition.Never)]
[JsonSerializable(typeof(SweepRecord))]
internal sealed partial class SweepJson : JsonSerializerContext;

/// <summary>Converts a status to and from text such as <c>finished</c>.</summary>
internal sealed class SweepStatusConverter() : JsonStringEnumConverter<SweepStatus>(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false);
