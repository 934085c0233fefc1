using System.Text.Json;
using System.Text.Json.Serialization;
using Regimen.Files;

namespace Regimen.Runs;

/// <summary>The tags and the note that a user gave a run: <c>labels.json</c> in its folder. A verification does not read it.</summary>
public sealed record RunLabels
{
    /// <summary>The name of the file.</summary>
    public const string FileName = "labels.json";

    /// <summary>The largest number of tags of a run.</summary>
    public const int MostTags = 50;

    /// <summary>The largest number of characters of a tag.</summary>
    public const int LongestTag = 50;

    /// <summary>The largest number of characters of a note.</summary>
    public const int LongestNote = 10_000;

    private const int LargestFile = 1 << 18;

    /// <summary>A run without tags and note.</summary>
    public static RunLabels None { get; } = new();

    /// <summary>The tags, in the order in which they were added.</summary>
    public IReadOnlyList<string> Tags { get; init; } = [];

    /// <summary>The note; empty for none.</summary>
    public string Note { get; init; } = string.Empty;

    /// <summary>Reads the labels of a run.</summary>
    /// <param name="runFolder">The run's folder.</param>
    /// <returns>The labels; <see cref="None"/> if there is no file.</returns>
    /// <exception cref="RequestException">The file is damaged.</exception>
    public static RunLabels Read(string runFolder)
    {
        string path = Path.Combine(runFolder, FileName);
        if (!File.Exists(path))
        {
            return None;
        }

        try
        {
            using FileStream file = InputFile.OpenRegular(path);
            if (file.Length > LargestFile)
            {
                throw new JsonException($"the file has {file.Length} bytes");
            }

            var bytes = new byte[file.Length];
            file.ReadExactly(bytes);
            RunLabels labels = JsonSerializer.Deserialize(bytes, LabelsJson.Default.RunLabels) ?? throw new JsonException("null");
            return labels.Problem() is { } problem ? throw new JsonException(problem.Message) : labels;
        }
        catch (Exception exception) when (exception is JsonException or IOException)
        {
            throw new RequestException(
                new Problem($"The run's labels are damaged: {exception.Message}") { Where = path, Hint = "Correct or delete the file: it holds the run's tags and note alone." }, exception);
        }
    }

    /// <summary>Replaces the labels of a run.</summary>
    /// <param name="runFolder">The run's folder.</param>
    /// <exception cref="RequestException">A tag or the note is not valid.</exception>
    /// <exception cref="WorkFailedException">The file can't be written; the old one is kept.</exception>
    public void Write(string runFolder)
    {
        if (Problem() is { } problem)
        {
            throw new RequestException(problem);
        }

        AtomicFile.WriteAllBytes(Path.Combine(runFolder, FileName), JsonSerializer.SerializeToUtf8Bytes(this, LabelsJson.Default.RunLabels));
    }

    /// <summary>Returns the labels with some tags added and others removed.</summary>
    public RunLabels With(IEnumerable<string> added, IEnumerable<string> removed)
    {
        string[] gone = [.. removed];
        return this with { Tags = [.. Tags.Concat(added).Distinct().Where(t => !gone.Contains(t))] };
    }

    /// <summary>Returns what is wrong with a tag; null for a valid one: 1 to 50 letters, digits and the characters <c>. _ - / :</c>, of which the
    /// first is a letter or a digit.</summary>
    public static Problem? ProblemOf(string tag) => tag.Length is >= 1 and <= LongestTag && char.IsLetterOrDigit(tag[0]) && tag.All(c => char.IsLetterOrDigit(c) || "._-/:".Contains(c, StringComparison.Ordinal))
        ? null
        : new Problem("The tag is not valid") { Where = "tag", Expected = $"1 to {LongestTag} letters, digits and . _ - / :, beginning with a letter or a digit", Received = $"'{tag}'" };

    private Problem? Problem()
        => Tags.Select(ProblemOf).FirstOrDefault(p => p is not null)
        ?? (Tags.Count > MostTags ? new Problem("The run has too many tags") { Where = "tag", Expected = $"at most {MostTags}", Received = $"{Tags.Count}" } : null)
        ?? (Note.Length > LongestNote ? new Problem("The note is too long") { Where = "note", Expected = $"at most {LongestNote} characters", Received = $"{Note.Length}" } : null);
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true, RespectNullableAnnotations = true, AllowDuplicateProperties = false)]
[JsonSerializable(typeof(RunLabels))]
internal sealed partial class LabelsJson : JsonSerializerContext;
