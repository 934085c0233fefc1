using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Win32.SafeHandles;
using Regimen.Data;

namespace Regimen.Datasets;

/// <summary>Encoded rows of a table in a file, each read on its own: a row is at its index times the size of a row, so any order and any
/// position of an epoch cost the same.</summary>
/// <remarks>The file has the rows (the float inputs, the codes and the targets, 4 bytes each), a byte for each row's split, a description as JSON, its
/// length, and eight bytes that name the format. The rows are read, not mapped, so that they are not counted as memory of the process.</remarks>
internal sealed class CachedRows : IDataset
{
    public const byte Validation = 1;
    public const byte Test = 2;
    private const int Word = 4;
    private static readonly byte[] Format = "RGMROWS1"u8.ToArray();

    private readonly SafeFileHandle _file;
    private readonly string _path;
    private readonly string _digest;
    private readonly TableRowEncoder _encoder;
    private readonly Field _target;
    private readonly Field[] _codes;
    private readonly int _rowBytes;

    private CachedRows(SafeFileHandle file, string path, JsonObject description, TableRowEncoder encoder)
    {
        (_file, _path, _encoder) = (file, path, encoder);
        Encoding = (JsonObject)description["encoding"]!;
        Count = description["rows"]!.GetValue<int>();
        Classes = [.. description["classes"]!.AsArray().Select(c => c!.GetValue<string>())];
        _digest = description["digest"]!.GetValue<string>();
        bool areClasses = description["class_index"]!.GetValue<bool>();
        int[] shape = [.. description["target_shape"]!.AsArray().Select(d => d!.GetValue<int>())];
        _target = areClasses ? Field.ClassIndex : new Field(Field.Target, shape.Length == 0 ? SampleShape.Scalar : new SampleShape(shape), ElementType.Float32)
        {
            Scale = description["scale"] is JsonObject scale ? TargetScale.Parse(scale) : null,
        };
        Fields = [.. encoder.Fields, _target];
        _codes = [.. encoder.Fields.Where(f => f.Type == ElementType.Int64)];
        _rowBytes = RowBytes(encoder, _target);
    }

    /// <inheritdoc/>
    public int Count { get; }

    /// <inheritdoc/>
    public IReadOnlyList<Field> Fields { get; }

    /// <inheritdoc/>
    public IReadOnlyList<string> Classes { get; }

    /// <summary>The encoding of the rows.</summary>
    public JsonObject Encoding { get; }

    /// <summary>Opens a file.</summary>
    /// <exception cref="RequestException">It can't be read, is damaged, or has other rows than those of the key.</exception>
    public static CachedRows Open(string path, string key)
    {
        SafeFileHandle? file = null;
        try
        {
            file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, FileOptions.RandomAccess);
            long length = RandomAccess.GetLength(file);
            Span<byte> end = stackalloc byte[16];
            if (length < end.Length || RandomAccess.Read(file, end, length - end.Length) < end.Length || !end[8..].SequenceEqual(Format)
                || MemoryMarshal.Read<long>(end) is var size && (size < 2 || size > Math.Min(length - end.Length, int.MaxValue)))
            {
                throw Damaged(path);
            }

            var json = new byte[(int)size];
            ReadExactly(file, json, length - end.Length - size, path);
            var description = (JsonObject)JsonNode.Parse(json)!;
            var rows = new CachedRows(file, path, description, TableRowEncoder.FromJson((JsonObject)description["encoding"]!));
            bool isWhole = (long)rows.Count * (rows._rowBytes + 1) == length - end.Length - size;
            return isWhole && description["key"]!.GetValue<string>() == key ? rows : throw Damaged(path);
        }
        catch (Exception exception) when (exception is JsonException or NullReferenceException or InvalidOperationException or InvalidCastException or FormatException)
        {
            file?.Dispose();
            throw Damaged(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            file?.Dispose();
            throw new RequestException(new Problem($"The cached rows can't be read: {exception.Message}") { Where = path }, exception);
        }
    }

    /// <summary>Writes a file. It gets its name when it is complete.</summary>
    /// <exception cref="WorkFailedException">The file can't be written.</exception>
    public static void Write(string path, string key, TableRowEncoder encoder, TableTarget target, byte[] parts, Action<Action<Table>> readBlocks, string[] targets)
        => new CachedRowsWriter(path, encoder, target, targets).Write(parts, readBlocks, digest => new JsonObject
        {
            ["key"] = key,
            ["rows"] = parts.Length,
            ["encoding"] = encoder.ToJson(),
            ["classes"] = new JsonArray([.. target.Classes.Select(c => JsonValue.Create(c))]),
            ["class_index"] = target.Field == Field.ClassIndex,
            ["target_shape"] = new JsonArray([.. target.Field.Shape.Dimensions.Select(d => JsonValue.Create(d))]),
            ["scale"] = target.Field.Scale?.Describe(),
            ["digest"] = digest,
        }, Format);

    /// <summary>The size of a row in bytes.</summary>
    public static int RowBytes(TableRowEncoder encoder, Field target) => (encoder.InputWidth + encoder.CodeCount + target.Shape.Elements) * Word;

    /// <summary>Reads the rows of each split, in ascending order.</summary>
    public (int[] Train, int[] Validation, int[] Test) ReadSplits()
    {
        var parts = new byte[Count];
        ReadExactly(_file, parts, (long)Count * _rowBytes, _path);
        return (Rows(0), Rows(Validation), Rows(Test));

        int[] Rows(byte part)
        {
            var rows = new int[parts.AsSpan().Count(part)];
            for (int row = 0, at = 0; at < rows.Length; row++)
            {
                if (parts[row] == part)
                {
                    rows[at++] = row;
                }
            }

            return rows;
        }
    }

    /// <inheritdoc/>
    public unsafe void Gather(ReadOnlySpan<int> indices, ChannelScale scale, BatchBuffer into)
    {
        int width = _encoder.InputWidth;
        var row = new byte[_rowBytes];
        var inputs = new float[indices.Length * width];
        ReadOnlySpan<int> words = MemoryMarshal.Cast<byte, int>(row);
        for (int i = 0; i < indices.Length; i++)
        {
            ReadExactly(_file, row, (long)indices[i] * _rowBytes, _path);
            MemoryMarshal.Cast<byte, float>(row.AsSpan(0, width * Word)).CopyTo(inputs.AsSpan(i * width));
            for (int code = 0; code < _codes.Length; code++)
            {
                into.Longs(_codes[code].Name)[i] = words[width + code];
            }

            ReadOnlySpan<int> target = words[(width + _codes.Length)..];
            if (_target == Field.ClassIndex)
            {
                into.Longs(Field.Target)[i] = target[0];
            }
            else
            {
                MemoryMarshal.Cast<int, float>(target).CopyTo(into.Floats(Field.Target)[(i * target.Length)..]);
            }
        }

        if (width > 0)
        {
            int[] inOrder = [.. Enumerable.Range(0, indices.Length)];
            fixed (float* values = inputs)
            {
                RowGather.Floats(values, indices.Length, new SampleShape(width), inOrder, scale, into.Floats(Field.Input));
            }
        }
    }

    /// <inheritdoc/>
    /// <remarks>The digest is of the rows as they were written: to read all of them would take as long as an epoch.</remarks>
    public void AppendTo(IncrementalHash hash)
    {
        DatasetHash.AppendHeader(hash, "cached rows", new SampleShape(Math.Max(1, _encoder.InputWidth)), Classes);
        DatasetHash.AppendText(hash, $"{string.Join('\0', Fields.Select(f => $"{f.Name} {f.Shape} {f.Type} {f.Cardinality}"))}\0{_digest}\0");
    }

    private static void ReadExactly(SafeFileHandle file, Span<byte> into, long at, string path)
    {
        while (!into.IsEmpty)
        {
            int read = RandomAccess.Read(file, into, at);
            if (read == 0)
            {
                throw Damaged(path);
            }

            into = into[read..];
            at += read;
        }
    }

    private static RequestException Damaged(string path) => new(new Problem("The file of cached rows is damaged, or is not one")
    {
        Where = path,
        Expected = "rows that data.cache_folder wrote",
        Hint = "Delete it; it is written again.",
    });
}
