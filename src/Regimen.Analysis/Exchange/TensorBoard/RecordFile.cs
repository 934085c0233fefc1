using System.Buffers.Binary;
using System.Numerics;

namespace Regimen.Exchange;

/// <summary>Reads and writes TFRecord files: the length (8 bytes), its masked CRC-32C, the record, and its masked CRC-32C, all little-endian.</summary>
internal static class RecordFile
{
    private const int Head = 12;
    private const int Tail = 4;

    /// <summary>No scalar comes near this size. Larger records (images, graphs) are skipped without being read into memory.</summary>
    private const long Largest = 1 << 22;

    /// <summary>Reads the records of a file up to its end, or to the first incomplete or damaged one.</summary>
    /// <param name="file">The file.</param>
    /// <param name="record">Called with each record of at most 4 MiB.</param>
    /// <returns>Null if the file was read to its end, otherwise what is wrong and where.</returns>
    public static string? Read(Stream file, Action<ReadOnlySpan<byte>> record)
    {
        Span<byte> head = stackalloc byte[Head];
        byte[] buffer = new byte[1 << 12];
        long length = file.Length;
        for (long at = 0, number = 1; at < length; number++)
        {
            if (file.ReadAtLeast(head, Head, throwOnEndOfStream: false) < Head)
            {
                return $"record {number} at byte {at} is incomplete";
            }

            ulong size = BinaryPrimitives.ReadUInt64LittleEndian(head);
            if (MaskedCrc(head[..8]) != BinaryPrimitives.ReadUInt32LittleEndian(head[8..]))
            {
                return $"the length of record {number} at byte {at} is damaged";
            }

            long left = length - at - Head - Tail;
            if (left < 0 || size > (ulong)left)
            {
                return $"record {number} at byte {at} is incomplete";
            }

            if (size > Largest)
            {
                file.Seek((long)size + Tail, SeekOrigin.Current);
            }
            else
            {
                int whole = (int)size + Tail;
                buffer = buffer.Length < whole ? new byte[whole] : buffer;
                Span<byte> data = buffer.AsSpan(0, whole);
                if (file.ReadAtLeast(data, whole, throwOnEndOfStream: false) < whole)
                {
                    return $"record {number} at byte {at} is incomplete";
                }

                if (MaskedCrc(data[..^Tail]) != BinaryPrimitives.ReadUInt32LittleEndian(data[^Tail..]))
                {
                    return $"record {number} at byte {at} is damaged";
                }

                record(data[..^Tail]);
            }

            at += Head + (long)size + Tail;
        }

        return null;
    }

    /// <summary>Writes a record.</summary>
    public static void Write(Stream file, ReadOnlySpan<byte> record)
    {
        Span<byte> head = stackalloc byte[Head];
        BinaryPrimitives.WriteUInt64LittleEndian(head, (ulong)record.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(head[8..], MaskedCrc(head[..8]));
        Span<byte> tail = stackalloc byte[Tail];
        BinaryPrimitives.WriteUInt32LittleEndian(tail, MaskedCrc(record));
        file.Write(head);
        file.Write(record);
        file.Write(tail);
    }

    /// <summary>Computes the CRC-32C (Castagnoli), masked as TFRecord requires for data that itself contains CRCs.</summary>
    private static uint MaskedCrc(ReadOnlySpan<byte> data)
    {
        uint crc = uint.MaxValue;
        foreach (byte value in data)
        {
            crc = BitOperations.Crc32C(crc, value);
        }

        return BitOperations.RotateRight(~crc, 15) + 0xA282EAD8;
    }
}
