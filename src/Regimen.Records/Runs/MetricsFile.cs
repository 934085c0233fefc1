using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Win32.SafeHandles;
using Regimen.Files;

namespace Regimen.Runs;

/// <summary><c>metrics.jsonl</c>: one JSON object a line for each pass: epoch, step, split, loss, the metrics by name, lr, seconds,
/// samples_per_second; a training pass also has epoch_seconds.</summary>
public sealed class MetricsFile : IDisposable
{
    private static readonly JsonSerializerOptions OneLine = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private readonly FileStream _file;
    private readonly SafeFileHandle _handle;

    private readonly IncrementalHash _hash;

    private MetricsFile(FileStream file, IncrementalHash hash, int rows) => (_file, _handle, _hash, Rows) = (file, file.SafeFileHandle, hash, rows);

    /// <summary>Rows that the file has.</summary>
    public int Rows { get; private set; }

    /// <summary>SHA-256 over the bytes of all rows, lower-case hex: what a checkpoint says of the history that stands here.</summary>
    public string Digest => Convert.ToHexStringLower(_hash.GetCurrentHash());

    /// <summary>Opens the file for writing at its end.</summary>
    /// <param name="path">The file; it need not exist.</param>
    /// <param name="rows">Rows that a resumed run counts on, one for each pass of its history; what stands behind them is cut off. Null
    /// keeps every whole row.</param>
    /// <exception cref="RequestException">There are fewer rows, or one of them is damaged; it is named.</exception>
    /// <exception cref="WorkFailedException">It can't be written.</exception>
    public static MetricsFile Open(string path, int? rows = null)
    {
        var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        (long length, int found) = (0, 0);
        if (rows is > 0 || (rows is null && File.Exists(path)))
        {
            foreach ((long end, byte[] line) in Lines(path, rows))
            {
                (length, found) = (end, found + 1);
                _ = Parse(path, found, line);
                hash.AppendData(line);
            }
        }

        return OutputFile.Guard(path, () =>
        {
            var file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.Read, bufferSize: 0);
            file.SetLength(length);
            file.Seek(0, SeekOrigin.End);
            return new MetricsFile(file, hash, found);
        });
    }

    /// <summary>A pass as its line says it. A number that is not finite is a word: see <see cref="RecordedNumber"/>.</summary>
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
            row[name] = RecordedNumber.Write(value);
        }

        if (pass.Lr is { } lr)
        {
            row["lr"] = RecordedNumber.Write(lr);
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

    /// <summary>Every whole row of a file, in order. A line without its line feed is still being written, and not a row yet.</summary>
    /// <exception cref="RequestException">It is missing, or a line is not a JSON object; the line is named.</exception>
    public static IReadOnlyList<JsonObject> ReadAll(string path) => [.. Lines(path, rows: null).Select((line, i) => Parse(path, i + 1, line.Line))];

    /// <summary>The same as passes.</summary>
    /// <exception cref="RequestException">It is missing, or a line is not a pass: a value is missing or of another type. The line is named.</exception>
    public static IReadOnlyList<Pass> ReadPasses(string path) => [.. ReadAll(path).Select((row, i) => ToPass(path, i + 1, row))];

    /// <summary>The history that a checkpoint refers to.</summary>
    /// <param name="path">The file.</param>
    /// <param name="rows">The rows that it counts on.</param>
    /// <param name="digest">SHA-256 over their bytes.</param>
    /// <exception cref="RequestException">They are not there, or not as they were.</exception>
    internal static History ReadHistory(string path, int rows, string digest)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var passes = new List<Pass>(Math.Clamp(rows, 0, 1 << 16));
        foreach ((_, byte[] line) in rows > 0 ? Lines(path, rows) : [])
        {
            hash.AppendData(line);
            passes.Add(ToPass(path, passes.Count + 1, Parse(path, passes.Count + 1, line)));
        }

        string received = Convert.ToHexStringLower(hash.GetHashAndReset());
        if (received != digest)
        {
            throw new RequestException(new Problem("The record of metrics is not what it was when this checkpoint was written")
            {
                Where = path,
                Expected = $"SHA-256 {digest} over the first {rows} rows",
                Received = received,
                Hint = "Put the file back as it was.",
            });
        }

        // An epoch's row comes before that of the validation at its end, and the other way round in the history.
        return new([.. passes.OrderBy(p => p.At.Step).ThenBy(p => p.Split == Pass.Train)]);
    }

    /// <summary>Adds a pass; the system has it when this returns.</summary>
    public void Append(Pass pass)
    {
        byte[] line = Encoding.UTF8.GetBytes(Row(pass).ToJsonString(OneLine) + "\n");
        OutputFile.Guard(_file.Name, () => _file.Write(line));
        _hash.AppendData(line);
        Rows++;
    }

    /// <summary>Has the disk have what was added. Another thread may call it while passes are added.</summary>
    public void FlushToDisk() => OutputFile.Guard(_file.Name, () => DiskFlush.File(_handle, _file.Name));

    /// <inheritdoc/>
    public void Dispose()
    {
        _file.Dispose();
        _hash.Dispose();
    }

    /// <summary>The first whole lines of a file, or all of them.</summary>
    /// <exception cref="RequestException">It can't be read, or has fewer.</exception>
    private static IEnumerable<(long End, byte[] Line)> Lines(string path, int? rows)
    {
        using FileStream file = InputFile.Open(path);
        using IEnumerator<(long, byte[])> lines = ByteLines.Of(file).GetEnumerator();
        for (int number = 0; number != rows; number++)
        {
            bool there;
            try
            {
                there = lines.MoveNext();
            }
            catch (IOException exception)
            {
                throw InputFile.Unreadable(path, exception);
            }

            if (!there)
            {
                if (rows is not null)
                {
                    throw new RequestException(new Problem("The record of metrics is shorter than the run") { Where = path, Expected = $"{rows} rows", Received = $"{number}" });
                }

                yield break;
            }

            yield return lines.Current;
        }
    }

    private static Pass ToPass(string path, int number, JsonObject row)
    {
        try
        {
            return ToPass(row);
        }
        catch (FormatException exception)
        {
            throw new RequestException(new Problem("A line is not a row of metrics") { Where = $"{path}({number})", Expected = "a pass: epoch, step, split, and numbers by their names", Received = exception.Message }, exception);
        }
    }

    private static JsonObject Parse(string path, int number, byte[] line)
    {
        try
        {
            return StrictJson.Parse(line) as JsonObject ?? throw new JsonException("not an object");
        }
        catch (JsonException exception)
        {
            throw Damaged(path, number, exception.Message, exception);
        }
    }

    private static RequestException Damaged(string path, int number, string received, Exception? reason = null)
        => new(new Problem("A line is not a row of metrics") { Where = $"{path}({number})", Expected = "a JSON object with a step", Received = received }, reason);

    /// <summary>A row as the pass that it says; every number reads back as itself.</summary>
    /// <exception cref="FormatException">It is not a pass's row.</exception>
    internal static Pass ToPass(JsonObject row)
    {
        string[] own = ["epoch", "step", "split", "loss", "lr", "samples", "seconds", "samples_per_second", "epoch_seconds"];
        try
        {
            return new Pass
            {
                At = new Progress((int)row["epoch"]!, (long)row["step"]!),
                Split = (string)row["split"]!,
                Samples = (long)row["samples"]!,
                Loss = RecordedNumber.Read(row["loss"]),
                Metrics = row.Where(v => !own.Contains(v.Key)).ToDictionary(v => v.Key, v => RecordedNumber.Read(v.Value)),
                Lr = row.ContainsKey("lr") ? RecordedNumber.Read(row["lr"]) : null,
                Seconds = (double)row["seconds"]!,
                EpochSeconds = row["epoch_seconds"] is { } seconds ? (double)seconds : null,
            };
        }
        catch (Exception exception) when (exception is NullReferenceException or InvalidOperationException or ArgumentException or FormatException or OverflowException)
        {
            throw new FormatException($"'{row.ToJsonString(OneLine)}' is not a row of metrics", exception);
        }
    }
}
