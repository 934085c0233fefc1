using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Regimen.Training;

namespace Regimen.Runs;

/// <summary><c>metrics.jsonl</c>: one JSON object a line for each pass: epoch, step, split, loss, the metrics by name, lr, seconds,
/// samples_per_second; a training pass also has epoch_seconds.</summary>
public sealed class MetricsFile : IDisposable
{
    private static readonly JsonSerializerOptions OneLine = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private readonly FileStream _file;

    private MetricsFile(FileStream file) => _file = file;

    /// <summary>Opens the file for writing at its end.</summary>
    /// <exception cref="WorkFailedException">It can't be written.</exception>
    public static MetricsFile Open(string path) => OutputFile.Guard(
        path, () => new MetricsFile(new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.Read, bufferSize: 0)));

    /// <summary>A pass as its line says it. A number that is not finite is null: JSON has no word for it.</summary>
    public static JsonObject Row(Pass pass)
    {
        var row = new JsonObject
        {
            ["epoch"] = pass.At.Epoch,
            ["step"] = pass.At.Step,
            ["split"] = pass.Split,
            ["loss"] = Number(pass.Loss),
        };
        foreach ((string name, double value) in pass.Metrics)
        {
            row[name] = Number(value);
        }

        if (pass.Lr is { } lr)
        {
            row["lr"] = lr;
        }

        row["samples"] = pass.Samples;
        row["seconds"] = pass.Seconds;
        row["samples_per_second"] = pass.SamplesPerSecond;
        if (pass.EpochSeconds is { } seconds)
        {
            row["epoch_seconds"] = seconds;
        }

        return row;
    }

    /// <summary>Every row of a file, in order.</summary>
    /// <exception cref="RequestException">It is missing, or a line is not a JSON object; the line is named.</exception>
    public static IReadOnlyList<JsonObject> ReadAll(string path)
    {
        string[] lines = Encoding.UTF8.GetString(InputFile.ReadAllBytes(path)).Split('\n');
        var rows = new List<JsonObject>();
        for (int i = 0; i < lines.Length; i++)
        {
            if (lines[i].Length == 0 && i == lines.Length - 1)
            {
                break;
            }

            try
            {
                rows.Add(JsonNode.Parse(lines[i]) as JsonObject ?? throw new JsonException("not an object"));
            }
            catch (JsonException exception)
            {
                throw new RequestException(
                    new Problem("A line is not a JSON object") { Where = $"{path}({i + 1})", Received = exception.Message }, exception);
            }
        }

        return rows;
    }

    /// <summary>Adds a pass; the system has it when this returns.</summary>
    public void Append(Pass pass)
        => OutputFile.Guard(_file.Name, () => _file.Write(Encoding.UTF8.GetBytes(Row(pass).ToJsonString(OneLine) + "\n")));

    /// <summary>Has the disk have what was added. Another thread may call it while passes are added.</summary>
    public void FlushToDisk() => OutputFile.Guard(_file.Name, () => RandomAccess.FlushToDisk(_file.SafeFileHandle));

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private static JsonValue? Number(double value) => double.IsFinite(value) ? JsonValue.Create(value) : null;
}
