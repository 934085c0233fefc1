using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Win32.SafeHandles;
using Regimen.Files;

namespace Regimen.Runs;

/// <summary>Writes and reads <c>metrics.jsonl</c>: one JSON object per line and pass, with epoch, step, split, loss, the metrics by name, lr,
/// samples, seconds and samples_per_second; a training pass also has epoch_seconds.</summary>
public sealed class MetricsFile : IDisposable
{
    private static readonly JsonSerializerOptions OneLine = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private readonly FileStream _file;
    private readonly SafeFileHandle _handle;

    private readonly IncrementalHash _hash;

    private MetricsFile(FileStream file, IncrementalHash hash, int rows) => (_file, _handle, _hash, Rows) = (file, file.SafeFileHandle, hash, rows);

    /// <summary>The number of rows in the file.</summary>
    public int Rows { get; private set; }

    /// <summary>SHA-256 over the bytes of all rows, lower-case hex; a checkpoint records it to identify its history.</summary>
    public string Digest => Convert.ToHexStringLower(_hash.GetCurrentHash());

    /// <summary>Opens the file for appending.</summary>
    /// <param name="path">The file; it need not exist.</param>
    /// <param name="rows">The number of rows that a resumed run keeps, one for each pass of its history; later rows are cut off. Null keeps
    /// every complete row.</param>
    /// <exception cref="RequestException">There are fewer rows, or one of them is damaged; the message names it.</exception>
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

    /// <summary>Returns the number of bytes of the first rows of a file.</summary>
    /// <exception cref="RequestException">There are fewer rows.</exception>
    internal static long LengthOf(string path, int rows) => rows == 0 ? 0 : Lines(path, rows).Last().End;

    /// <summary>Converts a pass to a row. A number that is not finite becomes a string, see <see cref="RecordedNumber"/>.</summary>
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

    /// <summary>Reads every complete row of a file, in order. A line without its line feed is still being written and is left out.</summary>
    /// <exception cref="RequestException">The file is missing, or a line is not a JSON object; the message names the line.</exception>
    public static IReadOnlyList<JsonObject> ReadAll(string path) => [.. Lines(path, rows: null).Select((line, i) => Parse(path, i + 1, line.Line))];

    /// <summary>Reads every complete row of a file as a pass.</summary>
    /// <exception cref="RequestException">The file is missing, or a line is not a pass (a value is missing or has another type); the message
    /// names the line.</exception>
    public static IReadOnlyList<Pass> ReadPasses(string path) => [.. ReadAll(path).Select((row, i) => ToPass(path, i + 1, row))];

    /// <summary>Reads the history that a checkpoint refers to.</summary>
    /// <param name="path">The file.</param>
    /// <param name="rows">The number of rows that the checkpoint refers to.</param>
    /// <param name="digest">SHA-256 over their bytes.</param>
    /// <exception cref="RequestException">The rows are missing or have changed.</exception>
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
            throw new RequestException(new Problem("The metrics file has changed since this checkpoint was written")
            {
                Where = path,
                Expected = $"SHA-256 {digest} over the first {rows} rows",
                Received = received,
                Hint = "Restore the original file.",
            });
        }

        // The row of an epoch comes before the row of the validation at its end; in a history it comes after.
        return new([.. passes.OrderBy(p => p.At.Step).ThenBy(p => p.Split == Pass.Train)]);
    }

    /// <summary>Appends a pass and writes it to the file, without flushing to disk.</summary>
    public void Append(Pass pass)
    {
        byte[] line = Encoding.UTF8.GetBytes(Row(pass).ToJsonString(OneLine) + "\n");
        OutputFile.Guard(_file.Name, () => _file.Write(line));
        _hash.AppendData(line);
        Rows++;
    }

    /// <summary>Flushes the appended rows to disk. Another thread may call it while rows are appended.</summary>
    public void FlushToDisk() => OutputFile.Guard(_file.Name, () => DiskFlush.File(_handle, _file.Name));

    /// <inheritdoc/>
    public void Dispose()
    {
        _file.Dispose();
        _hash.Dispose();
    }

    /// <summary>Reads the first complete lines of a file, or all of them.</summary>
    /// <exception cref="RequestException">The file can't be read, or has fewer lines.</exception>
    private static IEnumerable<(long End, byte[] Line)> Lines(string path, int? rows)
    {
        using FileStream file = InputFile.Open(path);
        using IEnumerator<(long, byte[])> lines = ByteLines.Of(file).GetEnumerator();
        for (int number = 0; number != rows; number++)
        {
            bool found;
            try
            {
                found = lines.MoveNext();
            }
            catch (IOException exception)
            {
                throw InputFile.Unreadable(path, exception);
            }

            if (!found)
            {
                if (rows is not null)
                {
                    throw new RequestException(new Problem("The metrics file has fewer rows than the run") { Where = path, Expected = $"{rows} rows", Received = $"{number}" });
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
            throw new RequestException(new Problem("The line is not a row of metrics") { Where = $"{path}({number})", Expected = "a pass: epoch, step, split, and numbers by their names", Received = exception.Message }, exception);
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
        => new(new Problem("The line is not a row of metrics") { Where = $"{path}({number})", Expected = "a JSON object with a step", Received = received }, reason);

    /// <summary>The keys of a row that are no metrics.</summary>
    internal static IReadOnlyList<string> Columns { get; } = ["epoch", "step", "split", "loss", "lr", "samples", "seconds", "samples_per_second", "epoch_seconds", "elapsed"];

    /// <summary>Converts a row to a pass; every number is read back exactly.</summary>
    /// <exception cref="FormatException">It is not the row of a pass.</exception>
    internal static Pass ToPass(JsonObject row)
    {
        try
        {
            return new Pass
            {
                At = new Progress((int)row["epoch"]!, (long)row["step"]!),
                Split = (string)row["split"]!,
                Samples = (long)row["samples"]!,
                Loss = RecordedNumber.Read(row["loss"]),
                Metrics = row.Where(v => !Columns.Contains(v.Key)).ToDictionary(v => v.Key, v => RecordedNumber.Read(v.Value)),
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
