using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Regimen.Imaging;

namespace Regimen.Datasets;

/// <summary>The file of an index: a format, the arrays with their lengths, and the SHA-256 of all of it.</summary>
internal static class PackedIndexFile
{
    /// <summary>The file's extension.</summary>
    public const string Extension = ".index";

    private static ReadOnlySpan<byte> FormatName => "RGMPACK1"u8;

    /// <summary>Returns the content of a file.</summary>
    public static byte[] Format(PackedIndex index)
    {
        using var content = new MemoryStream();
        using var writer = new BinaryWriter(content, Encoding.UTF8);
        writer.Write(FormatName);
        Write<long>(writer, index.Offsets);
        Write<int>(writer, index.Lengths);
        Write<uint>(writer, index.Checks);
        Write<ushort>(writer, index.Leads);
        Write<int>(writer, index.Labels);
        WriteTexts(writer, index.Texts);
        WriteTexts(writer, index.Names);
        writer.Write(index.Facts.Length);
        foreach (((int height, int width, int channels, int orientation, bool hasAlpha, bool is16Bit), int count, int first) in index.Facts)
        {
            foreach (int value in (ReadOnlySpan<int>)[height, width, channels, orientation, hasAlpha ? 1 : 0, is16Bit ? 1 : 0, count, first])
            {
                writer.Write(value);
            }
        }

        writer.Write(index.Digest);
        writer.Flush();
        return [.. content.ToArray(), .. SHA256.HashData(content.ToArray())];
    }

    /// <summary>Reads the content of a file; null if it is damaged, or of another format.</summary>
    public static PackedIndex? Parse(byte[] bytes)
    {
        int length = bytes.Length - SHA256.HashSizeInBytes;
        if (length < FormatName.Length || !bytes.AsSpan().StartsWith(FormatName) || !SHA256.HashData(bytes.AsSpan(0, length)).AsSpan().SequenceEqual(bytes.AsSpan(length)))
        {
            return null;
        }

        // Behind this point, the file is what this program has written.
        using var reader = new BinaryReader(new MemoryStream(bytes, FormatName.Length, length - FormatName.Length), Encoding.UTF8);
        return new PackedIndex
        {
            Offsets = Read<long>(reader),
            Lengths = Read<int>(reader),
            Checks = Read<uint>(reader),
            Leads = Read<ushort>(reader),
            Labels = Read<int>(reader),
            Texts = ReadTexts(reader),
            Names = ReadTexts(reader),
            Facts = [.. Enumerable.Range(0, reader.ReadInt32()).Select(_ => ReadFacts(reader))],
            Digest = reader.ReadBytes(SHA256.HashSizeInBytes),
        };
    }

    private static PackedFacts ReadFacts(BinaryReader reader)
    {
        int[] v = [.. Enumerable.Range(0, 8).Select(_ => reader.ReadInt32())];
        return new PackedFacts(new ImageFacts(v[0], v[1], v[2], v[3], v[4] == 1, v[5] == 1), v[6], v[7]);
    }

    private static void Write<T>(BinaryWriter writer, T[] values)
        where T : unmanaged
    {
        writer.Write(values.Length);
        writer.Write(MemoryMarshal.AsBytes(values.AsSpan()));
    }

    private static T[] Read<T>(BinaryReader reader)
        where T : unmanaged
    {
        var values = new T[reader.ReadInt32()];
        reader.BaseStream.ReadExactly(MemoryMarshal.AsBytes(values.AsSpan()));
        return values;
    }

    private static void WriteTexts(BinaryWriter writer, string[] texts)
    {
        writer.Write(texts.Length);
        foreach (string text in texts)
        {
            writer.Write(text);
        }
    }

    private static string[] ReadTexts(BinaryReader reader) => [.. Enumerable.Range(0, reader.ReadInt32()).Select(_ => reader.ReadString())];
}
