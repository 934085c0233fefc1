using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Regimen.Data;
using Regimen.Files;

namespace Regimen.Datasets;

/// <summary>Writes a file of cached rows. Several processes may write the same one: each has a temporary file of its own.</summary>
internal sealed class CachedRowsWriter(string path, TableRowEncoder encoder, TableTarget target, string[] targets)
{
    private readonly string _path = Path.GetFullPath(path);

    public void Write(byte[] parts, Action<Action<Table>> readBlocks, Func<string, JsonObject> describe, byte[] format)
    {
        string temporary = $"{_path}.{Environment.ProcessId}.new";
        try
        {
            using (FileStream file = Create(temporary))
            {
                using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
                int written = 0;
                readBlocks(block =>
                {
                    byte[] rows = Encode(block);
                    hash.AppendData(rows);
                    file.Write(rows);
                    written += block.Rows;
                });
                if (written != parts.Length)
                {
                    throw new RequestException(new Problem("The files changed while they were read") { Where = _path, Expected = $"{parts.Length} rows", Received = $"{written}" });
                }

                byte[] json = Encoding.UTF8.GetBytes(describe(Convert.ToHexStringLower(hash.GetHashAndReset())).ToJsonString());
                file.Write(parts);
                file.Write(json);
                file.Write(BitConverter.GetBytes((long)json.Length));
                file.Write(format);
                DiskFlush.File(file.SafeFileHandle, temporary);
            }

            File.Move(temporary, _path, overwrite: true);
            AtomicFile.FlushFolder(Path.GetDirectoryName(_path)!);
        }
        catch (Exception exception) when (OutputFile.IsFault(exception))
        {
            Delete(temporary);
            throw OutputFile.Failed(_path, exception);
        }
        catch
        {
            Delete(temporary);
            throw;
        }
    }

    /// <summary>Creates the temporary file, and its folder if there is none.</summary>
    /// <exception cref="RequestException">The folder can't have files: nothing has begun.</exception>
    private FileStream Create(string temporary)
    {
        string folder = Path.GetDirectoryName(_path)!;
        try
        {
            Directory.CreateDirectory(folder);
            return new FileStream(temporary, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
        }
        catch (Exception exception) when (OutputFile.IsFault(exception))
        {
            throw new RequestException(new Problem($"The folder of cached rows can't be written: {exception.Message}") { Where = "data.cache_folder", Expected = "a folder in which files can be created", Received = folder }, exception);
        }
    }

    private static void Delete(string temporary)
    {
        try
        {
            File.Delete(temporary);
        }
        catch (Exception exception) when (OutputFile.IsFault(exception))
        {
            // It is never read.
        }
    }

    private byte[] Encode(Table block)
    {
        TableColumn[] targetColumns = [.. targets.Select(name => block[name])];
        TableSamples samples = new TableEncoding(encoder).Encode(block, [[.. Enumerable.Range(0, block.Rows)]])[0];
        int rowWords = CachedRows.RowBytes(encoder, target.Field) / sizeof(int);
        var rows = new int[block.Rows * rowWords];
        ReadOnlySpan<int> inputs = MemoryMarshal.Cast<float, int>(samples.Inputs);
        for (int row = 0; row < block.Rows; row++)
        {
            Span<int> to = rows.AsSpan(row * rowWords, rowWords);
            inputs.Slice(row * encoder.InputWidth, encoder.InputWidth).CopyTo(to);
            samples.Codes.AsSpan(row * encoder.CodeCount, encoder.CodeCount).CopyTo(to[encoder.InputWidth..]);
            target.Write(block, targetColumns, row, to[(encoder.InputWidth + encoder.CodeCount)..]);
        }

        return MemoryMarshal.AsBytes(rows.AsSpan()).ToArray();
    }
}
