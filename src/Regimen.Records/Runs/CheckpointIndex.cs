using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;
using Regimen.Files;

namespace Regimen.Runs;

/// <summary>The content of <c>checkpoints/index.json</c>: the checkpoints of a run, oldest first, and which of them is the best and which the
/// last. A folder that it does not list is not a checkpoint.</summary>
/// <param name="FormatVersion">The version of this file's format.</param>
/// <param name="Best">The name of the best checkpoint; null before the first validation.</param>
/// <param name="Last">The name of the newest checkpoint.</param>
/// <param name="Checkpoints">All checkpoints, oldest first.</param>
public sealed partial record CheckpointIndex(int FormatVersion, string? Best, string? Last, IReadOnlyList<CheckpointEntry> Checkpoints)
{
    /// <summary>SHA-256 over all other values, so that a damaged index is detected.</summary>
    public string? Sha256 { get; init; }

    /// <summary>The names of former checkpoints whose folders may still exist; the next save removes them. Null for none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? Leftover { get; init; }

    /// <summary>The format version that this version of Regimen writes.</summary>
    public const int CurrentFormat = 1;

    /// <summary>An index without checkpoints.</summary>
    public static CheckpointIndex Empty { get; } = new(CurrentFormat, null, null, []);

    /// <summary>Reads an index; empty if there is no such file.</summary>
    /// <exception cref="RequestException">It is damaged or of another format version.</exception>
    public static CheckpointIndex Read(string path) => !File.Exists(path) ? Empty : VersionedJson.Read(
        path,
        CheckpointJson.Default.CheckpointIndex,
        CurrentFormat,
        new("The index of the checkpoints is damaged", "These checkpoints were written by another version of Regimen", "Use the version that wrote them (versions.regimen in the run's run.json)."),
        index => index.ThrowUnlessSound());

    /// <summary>Returns the index without one of its checkpoints.</summary>
    internal CheckpointIndex Without(string name)
    {
        CheckpointEntry[] others = [.. Checkpoints.Where(c => c.Name != name)];
        return this with { Best = Best == name ? null : Best, Last = others.LastOrDefault()?.Name, Checkpoints = others };
    }

    /// <summary>Returns the index without the checkpoints after a given one; empty for null.</summary>
    internal CheckpointIndex UpTo(CheckpointEntry? entry)
    {
        CheckpointEntry[] kept = [.. Checkpoints.Where(c => entry is not null && c.Step <= entry.Step)];
        return kept.Length == Checkpoints.Count ? this : this with
        {
            Best = kept.Any(c => c.Name == Best) ? Best : null,
            Last = entry?.Name,
            Checkpoints = kept,
        };
    }

    /// <summary>Checks the digest and the names. A name becomes a folder or a file that is read, copied or removed, so any other text is refused.</summary>
    private void ThrowUnlessSound()
    {
        if (Sha256 != Signed().Sha256)
        {
            throw new JsonException("its sha256 does not match its content");
        }

        foreach (string name in Checkpoints.Select(c => c.Name).Concat(Leftover ?? []))
        {
            if (!CheckpointName().IsMatch(name))
            {
                throw new JsonException($"'{name}' is not a checkpoint's name");
            }
        }

        if (Checkpoints.SelectMany(c => c.Sha256.Keys).FirstOrDefault(f => f is not (CheckpointStore.ModelFile or CheckpointStore.TrainingFile or CheckpointStore.RawFile)) is { } file)
        {
            throw new JsonException($"'{file}' is not the name of a checkpoint's file");
        }

        foreach (string? name in (string?[])[Best, Last])
        {
            if (name is not null && Checkpoints.All(c => c.Name != name))
            {
                throw new JsonException($"'{name}' is not among the checkpoints");
            }
        }
    }

    [GeneratedRegex("^epoch-[0-9]{4,}(-step-[0-9]{6,})?\\z", RegexOptions.CultureInvariant)]
    private static partial Regex CheckpointName();

    internal void Write(string path) => AtomicFile.WriteAllBytes(path, JsonSerializer.SerializeToUtf8Bytes(Signed(), CheckpointJson.Default.CheckpointIndex));

    private CheckpointIndex Signed()
    {
        byte[] content = JsonSerializer.SerializeToUtf8Bytes(this with { Sha256 = null }, CheckpointJson.Default.CheckpointIndex);
        return this with { Sha256 = Convert.ToHexStringLower(SHA256.HashData(content)) };
    }
}

/// <summary>An entry of the index: one checkpoint.</summary>
/// <param name="Name">The name of its folder: <c>epoch-0007</c>, or inside an epoch <c>epoch-0007-step-004812</c>.</param>
/// <param name="Epoch">The epoch being trained, from 1.</param>
/// <param name="Step">The number of steps taken.</param>
/// <param name="WeightsDigest">SHA-256 over its weights.</param>
/// <param name="Sha256">SHA-256 of each of its files, by file name.</param>
public sealed record CheckpointEntry(string Name, int Epoch, long Step, string WeightsDigest, IReadOnlyDictionary<string, string> Sha256);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true, RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true, AllowDuplicateProperties = false)]
[JsonSerializable(typeof(CheckpointIndex))]
[JsonSerializable(typeof(RunningEpoch))]
internal sealed partial class CheckpointJson : JsonSerializerContext;
