using System.Text.Json;
using System.Text.Json.Serialization;
using Regimen.Files;

namespace Regimen.Runs;

/// <summary>How a run stands.</summary>
[JsonConverter(typeof(RunStatusConverter))]
public enum RunStatus
{
    /// <summary>It is going on, or its process died without a word.</summary>
    Running,

    /// <summary>All epochs or steps were made.</summary>
    Finished,

    /// <summary>Early stopping ended it.</summary>
    StoppedEarly,

    /// <summary>It was asked to stop.</summary>
    Interrupted,

    /// <summary>Something went wrong.</summary>
    Failed,
}

/// <summary><c>run.json</c>: what ran, with what, where, and how it ended. Always replaced as a whole.</summary>
public sealed record RunManifest
{
    /// <summary>The version of the run folder that this Regimen writes.</summary>
    public const int CurrentFormat = 1;

    /// <summary>The version of the folder's format.</summary>
    public int FormatVersion { get; init; } = CurrentFormat;

    /// <summary>How the run stands.</summary>
    public required RunStatus Status { get; init; }

    /// <summary>Why it ended, in words.</summary>
    public string? Reason { get; init; }

    /// <summary>The class of the observer that ended the training; null, and not in the file, where none did.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? StoppedBy { get; init; }

    /// <summary>For each measured value that is not built in: <c>min</c> where a lower value is better, else <c>max</c>. Null, and not in the
    /// file, where there is none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyDictionary<string, string>? MetricModes { get; init; }

    /// <summary>When it began (UTC).</summary>
    public required DateTimeOffset Started { get; init; }

    /// <summary>When it ended (UTC).</summary>
    public DateTimeOffset? Ended { get; init; }

    /// <summary>Wall time from the first step to the end, test included.</summary>
    public double? Seconds { get; init; }

    /// <summary>Where every random number came from.</summary>
    public required ulong Seed { get; init; }

    /// <summary>Threads that computed.</summary>
    public required int Threads { get; init; }

    /// <summary>Who shared the work out among them: <c>torch</c> or <c>layers</c>; follows from the model.</summary>
    public string? ThreadsSharedBy { get; init; }

    /// <summary>What the memory allocator was told; null for nothing. No result depends on it.</summary>
    public string? Allocator { get; init; }

    /// <summary>What it computed on.</summary>
    public required string Device { get; init; }

    /// <summary>The model's name in the catalog.</summary>
    public required string Model { get; init; }

    /// <summary>The program that recorded the run with the library, by its assembly's name; null, and not in the file, for a run that the
    /// command made of a config.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Program { get; init; }

    /// <summary>The data set's name in the catalog.</summary>
    public required string Data { get; init; }

    /// <summary>SHA-256 of everything that was trained, validated and tested on. It is computed while the run trains already, and stands
    /// here before the first checkpoint does; null until then.</summary>
    public required string? DataFingerprint { get; init; }

    /// <summary>The positive class of a binary task; null, and not in the file, for any other task.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? PositiveClass { get; init; }

    /// <summary>The folder that the run was made in: relative paths of its config start there. Null in runs of earlier versions.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? WorkingDirectory { get; init; }

    /// <summary>What was done to the data on reading: samples left out, values filled in. Null, and not in the file, for nothing.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? DataNotes { get; init; }

    /// <summary>How many numbers were trained.</summary>
    public required long Parameters { get; init; }

    /// <summary>What it ran on.</summary>
    public required RunVersions Versions { get; init; }

    /// <summary>The state of the source it ran from; null outside a git checkout.</summary>
    public GitState? Git { get; init; }

    /// <summary>Epochs begun.</summary>
    public int Epochs { get; init; }

    /// <summary>Optimizer updates made.</summary>
    public long Steps { get; init; }

    /// <summary>The epoch of the best weights.</summary>
    public int? BestEpoch { get; init; }

    /// <summary>The step of the best weights.</summary>
    public long? BestStep { get; init; }

    /// <summary>SHA-256 of the weights that the run ended with.</summary>
    public string? WeightsDigest { get; init; }

    /// <summary>What validation measured of the weights that the run ended with.</summary>
    public IReadOnlyDictionary<string, double?>? Val { get; init; }

    /// <summary>What the test measured.</summary>
    public IReadOnlyDictionary<string, double?>? Test { get; init; }

    /// <summary>What went wrong, where something did.</summary>
    public string? Error { get; init; }

    /// <summary>Each time that the run was taken up again, oldest first.</summary>
    public IReadOnlyList<RunResumed> Resumed { get; init; } = [];

    /// <summary>Reads a run's manifest.</summary>
    /// <exception cref="RequestException">It is missing, damaged, or of another format version.</exception>
    public static RunManifest Read(string path)
    {
        byte[] bytes = InputFile.ReadAllBytes(path);
        try
        {
            using JsonDocument document = StrictJson.ParseDocument(bytes);
            int version = document.RootElement.TryGetProperty("format_version", out JsonElement element) ? element.GetInt32() : 0;
            if (version != CurrentFormat)
            {
                throw new RequestException(new Problem("This run was written by another version of Regimen")
                {
                    Where = path,
                    Expected = $"format_version {CurrentFormat}",
                    Received = $"{version}",
                    Hint = "Use the version that wrote it (versions.regimen in the file).",
                });
            }

            return document.Deserialize(ManifestJson.Default.RunManifest) ?? throw new JsonException("null");
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or FormatException)
        {
            throw new RequestException(new Problem($"The run's manifest is damaged: {exception.Message}") { Where = path }, exception);
        }
    }

    /// <summary>Refuses a run that a program recorded with the library: only that program can train it again.</summary>
    /// <exception cref="RequestException">It is such a run.</exception>
    internal void ThrowUnlessOfConfig(string folder)
    {
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
    /// <exception cref="WorkFailedException">It can't be written; the old one stands.</exception>
    public void Write(string path) => AtomicFile.WriteAllBytes(path, ToJson());

    /// <summary>The file's bytes, in UTF-8.</summary>
    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, ManifestText.Default.RunManifest);
}

/// <summary>That a run was taken up again.</summary>
/// <param name="Time">When (UTC).</param>
/// <param name="Checkpoint">The checkpoint it went on from; null for a new beginning at step 0.</param>
/// <param name="Epoch">The epoch it went on in.</param>
/// <param name="Step">The steps it counted on.</param>
/// <param name="From">How the run stood.</param>
/// <param name="Changed">What was changed in its config: key, then old and new value.</param>
/// <param name="Versions">What it went on with, where that is not what it began with.</param>
/// <param name="Git">The state of the source then.</param>
public sealed record RunResumed(
    DateTimeOffset Time,
    string? Checkpoint,
    int Epoch,
    long Step,
    RunStatus From,
    IReadOnlyDictionary<string, IReadOnlyList<string>> Changed,
    RunVersions? Versions,
    GitState? Git)
{
    /// <summary>In words, but for the time.</summary>
    public override string ToString()
    {
        string from = Checkpoint is null ? "begun anew: there was no checkpoint" : $"resumed from checkpoint {Checkpoint}, {new Progress(Epoch, Step)}";
        string status = JsonNamingPolicy.SnakeCaseLower.ConvertName(From.ToString());
        string changes = string.Concat(Changed.Select(c => $"; {c.Key} {c.Value[0]} -> {c.Value[1]}"));
        return $"{from} (the run was {status}){changes}";
    }
}

/// <summary>The versions of all that has a say in a run's bits.</summary>
/// <param name="Regimen">Regimen's own.</param>
/// <param name="TorchSharp">TorchSharp's.</param>
/// <param name="Libtorch">libtorch's.</param>
/// <param name="Dotnet">The runtime's.</param>
/// <param name="Os">The operating system.</param>
/// <param name="Cpu">The processor.</param>
/// <param name="InstructionSet">The widest vectors it has.</param>
public sealed record RunVersions(string Regimen, [property: JsonPropertyName("torchsharp")] string TorchSharp, string Libtorch, string Dotnet, string Os, string Cpu, string InstructionSet)
{
    /// <summary>In words where another record says something else.</summary>
    public static IEnumerable<string> Differences(RunVersions recorded, RunVersions here)
    {
        (string Name, string Recorded, string Here)[] all =
        [
            ("Regimen", recorded.Regimen, here.Regimen),
            ("TorchSharp", recorded.TorchSharp, here.TorchSharp),
            ("libtorch", recorded.Libtorch, here.Libtorch),
            (".NET", recorded.Dotnet, here.Dotnet),
            ("operating system", recorded.Os, here.Os),
            ("processor", recorded.Cpu, here.Cpu),
            ("instruction set", recorded.InstructionSet, here.InstructionSet),
        ];
        return all.Where(v => v.Recorded != v.Here).Select(v => $"{v.Name} is {v.Here} here, {v.Recorded} in the run's record");
    }
}

/// <summary>The state of a git checkout.</summary>
/// <param name="Commit">The commit's full hash.</param>
/// <param name="Dirty">Whether files differed from it.</param>
public sealed record GitState(string Commit, bool Dirty)
{
    /// <summary>The state of the checkout that a folder is in; null outside of one, or without git.</summary>
    public static GitState? Of(string folder) => GitProbe.Read(folder);

    /// <summary>How the files there differ from the commit, at most a megabyte; null where they don't.</summary>
    public static byte[]? PatchOf(string folder) => GitProbe.ReadPatch(folder);
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    WriteIndented = true,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.Never)]
[JsonSerializable(typeof(RunManifest))]
internal sealed partial class ManifestJson : JsonSerializerContext;

/// <summary>The same for writing alone, without a description of every property, which takes ten times as long to make as the file.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true, GenerationMode = JsonSourceGenerationMode.Serialization)]
[JsonSerializable(typeof(RunManifest))]
internal sealed partial class ManifestText : JsonSerializerContext;

/// <summary>As <c>stopped_early</c>.</summary>
internal sealed class RunStatusConverter() : JsonStringEnumConverter<RunStatus>(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false);
