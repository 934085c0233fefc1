using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Regimen.Runs;

namespace Regimen.Reports;

/// <summary>The content of <c>findings.json</c>: what the test of a run found beside its metrics. It is a function of the run: two identical runs
/// have the same bytes.</summary>
internal sealed record RunFindings
{
    /// <summary>The name of the file in a run's folder.</summary>
    public const string FileName = "findings.json";

    /// <summary>The format version that this version of Regimen writes and reads.</summary>
    public const int CurrentFormat = 1;

    /// <summary>The format version of the file.</summary>
    public int FormatVersion { get; init; } = CurrentFormat;

    /// <summary>The split of the data: <c>test</c>.</summary>
    public required string Split { get; init; }

    /// <summary>The name of the task.</summary>
    public required string Task { get; init; }

    /// <summary>The number of samples.</summary>
    public required long Samples { get; init; }

    /// <summary>The names of the classes or labels, in the order of their indices.</summary>
    public IReadOnlyList<string> Classes { get; init; } = [];

    /// <summary>The findings of a classification; null for other tasks.</summary>
    public ClassFindings? Classification { get; init; }

    /// <summary>The findings of a multi-label classification; null for other tasks.</summary>
    public LabelFindings? Labels { get; init; }

    /// <summary>The findings of a regression; null for other tasks.</summary>
    public RegressionFindings? Regression { get; init; }

    /// <summary>The findings of next-token prediction; null for other tasks.</summary>
    public TextFindings? Text { get; init; }

    /// <summary>Reads the findings of a run.</summary>
    /// <param name="folder">The run's folder.</param>
    /// <returns>Null if it has none.</returns>
    /// <exception cref="RequestException">The file is damaged, or of another format version.</exception>
    public static RunFindings? Read(string folder)
    {
        string path = Path.Combine(folder, FileName);
        if (!File.Exists(path))
        {
            return null;
        }

        return VersionedJson.Read(
            path,
            FindingsJson.Default.RunFindings,
            CurrentFormat,
            new(
                "The run's findings are damaged",
                "The findings were written by another version of Regimen",
                "Use the version that wrote them, or delete the file.",
                "Delete the file: `regimen report` then evaluates the run again."),
            findings => findings.Classification?.ThrowUnlessOf(findings.Classes.Count));
    }

    /// <summary>The bytes of the file.</summary>
    public byte[] ToBytes() => [.. JsonSerializer.SerializeToUtf8Bytes(this, FindingsText.Json.RunFindings), (byte)'\n'];

    /// <summary>The part that a verification compares: without the files that samples come from, because the data may have been moved, and without
    /// pictures, whose compression differs between versions of .NET.</summary>
    public RunFindings Compared() => this with
    {
        Classification = Classification is null ? null : Classification with { Mistakes = [.. Classification.Mistakes.Select(m => m with { Sample = Compared(m.Sample) })] },
        Labels = Labels is null ? null : Labels with { Mistakes = [.. Labels.Mistakes.Select(m => m with { Sample = Compared(m.Sample) })] },
        Regression = Regression is null ? null : Regression with { Worst = [.. Regression.Worst.Select(m => m with { Sample = Compared(m.Sample) })] },
    };

    private static FoundSample Compared(FoundSample sample) => sample with { Origin = null, Picture = null };
}

/// <summary>A sample that a table of the worst ones shows.</summary>
/// <param name="Index">Its index in the split, from 0.</param>
internal sealed record FoundSample(int Index)
{
    /// <summary>The file that it comes from, with the folder that holds it; null if it comes from none.</summary>
    public string? Origin { get; init; }

    /// <summary>Its picture; null where its input is none.</summary>
    public FoundPicture? Picture { get; init; }

    /// <summary>Its columns in original units; empty where its input is no table.</summary>
    public IReadOnlyList<FoundColumn> Columns { get; init; } = [];
}

/// <summary>A picture.</summary>
/// <param name="Width">The width in pixels.</param>
/// <param name="Height">The height in pixels.</param>
/// <param name="Png">The file, in base64.</param>
internal sealed record FoundPicture(int Width, int Height, string Png);

/// <summary>A column of a table's row.</summary>
/// <param name="Name">The column's name.</param>
/// <param name="Value">The value as text.</param>
internal sealed record FoundColumn(string Name, string Value);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true,
    NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(RunFindings))]
internal sealed partial class FindingsJson : JsonSerializerContext;

/// <summary>How findings are written: names in any script stay readable.</summary>
internal static class FindingsText
{
    public static FindingsJson Json { get; } = new(new JsonSerializerOptions(FindingsJson.Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, NewLine = "\n" });
}
