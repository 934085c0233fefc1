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
    /// <param name="path">The file; it need not exist.</param>
    /// <param name="rows">Rows that a resumed run counts on, one for each pass of its history; what stands behind them is cut off. Null
    /// keeps everything.</param>
    /// <exception cref="RequestException">There are fewer rows, or one of them is damaged; it is named.</exception>
    /// <exception cref="WorkFailedException">It can't be written.</exception>
    public static MetricsFile Open(string path, int? rows = null)
    {
        long? length = rows is { } count ? LengthOf(path, count) : null;
        return OutputFile.Guard(path, () =>
        {
            var file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.Read, bufferSize: 0);
            file.SetLength(length ?? file.Length);
            file.Seek(0, SeekOrigin.End);
            return new MetricsFile(file);
        });
    }

    /// <summary>A pass as its line says it. A number that is not finite is null: JSON has no word for it.</summary>
    public static JsonObject Row(Pass pass)
    {
        var row = new JsonObject
        {
            ["epoch"] = pass.At.Epoch,
            ["step"] = pass.At.Step,
            ["split"] = pass.Split,
        };
        foreach ((string name, double value) in pass.Values)
        {
            row[name] = Number(value);
        }

        if (pass.Lr is { } lr)
        {
            row["lr"] = Number(lr);
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
        int count = lines[^1].Length == 0 ? lines.Length - 1 : lines.Length;
        return [.. lines.Take(count).Select((line, i) => Parse(path, i + 1, line))];
    }

    /// <summary>Adds a pass; the system has it when this returns.</summary>
    public void Append(Pass pass)
        => OutputFile.Guard(_file.Name, () => _file.Write(Encoding.UTF8.GetBytes(Row(pass).ToJsonString(OneLine) + "\n")));

    /// <summary>Has the disk have what was added. Another thread may call it while passes are added.</summary>
    public void FlushToDisk() => OutputFile.Guard(_file.Name, () => RandomAccess.FlushToDisk(_file.SafeFileHandle));

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    /// <summary>The bytes of the first rows.</summary>
    private static long LengthOf(string path, int rows)
    {
        if (rows == 0)
        {
            return 0;
        }

        ReadOnlySpan<byte> rest = InputFile.ReadAllBytes(path);
        long length = 0;
        for (int number = 1; number <= rows; number++)
        {
            int end = rest.IndexOf((byte)'\n');
            if (end < 0)
            {
                throw new RequestException(new Problem("The record of metrics is shorter than the run") { Where = path, Expected = $"{rows} rows", Received = $"{number - 1}" });
            }

            _ = Parse(path, number, Encoding.UTF8.GetString(rest[..end]));
            length += end + 1;
            rest = rest[(end + 1)..];
        }

        return length;
    }

    private static JsonObject Parse(string path, int number, string line)
    {
        try
        {
            return JsonNode.Parse(line, documentOptions: new JsonDocumentOptions { AllowDuplicateProperties = false }) as JsonObject
                ?? throw new JsonException("not an object");
        }
        catch (JsonException exception)
        {
            throw Damaged(path, number, exception.Message, exception);
        }
    }

    private static RequestException Damaged(string path, int number, string received, Exception? reason = null)
        => new(new Problem("A line is not a row of metrics") { Where = $"{path}({number})", Expected = "a JSON object with a step", Received = received }, reason);

    /// <summary>A row as the pass that it says. A number that was not finite comes back as not a number.</summary>
    /// <exception cref="FormatException">It is not a pass's row.</exception>
    internal static Pass ToPass(JsonObject row)
    {
        string[] own = ["epoch", "step", "split", "loss", "lr", "samples", "seconds", "samples_per_second", "epoch_seconds"];
        try
        {
            return new Pass
            {
                At = new Moment((int)row["epoch"]!, (long)row["step"]!),
                Split = (string)row["split"]!,
                Samples = (long)row["samples"]!,
                Loss = Finite(row["loss"]),
                Metrics = row.Where(v => !own.Contains(v.Key)).ToDictionary(v => v.Key, v => Finite(v.Value)),
                Lr = row.ContainsKey("lr") ? Finite(row["lr"]) : null,
                Seconds = (double)row["seconds"]!,
                EpochSeconds = row["epoch_seconds"] is { } seconds ? (double)seconds : null,
            };
        }
        catch (Exception exception) when (exception is NullReferenceException or InvalidOperationException or ArgumentNullException)
        {
            throw new FormatException($"'{row.ToJsonString(OneLine)}' is not a row of metrics", exception);
        }

        static double Finite(JsonNode? value) => value is null ? double.NaN : (double)value;
    }

    private static JsonValue? Number(double value) => double.IsFinite(value) ? JsonValue.Create(value) : null;
}
