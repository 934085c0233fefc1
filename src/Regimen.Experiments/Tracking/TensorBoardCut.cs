using System.Buffers.Binary;
using Google.Protobuf;
using Regimen.Files;
using Tensorboard;

namespace Regimen.Tracking;

/// <summary>Truncates a run's TensorBoard files to the events before the point of resumption, so that no event is written twice.</summary>
internal static class TensorBoardCut
{
    private const int Head = 12;
    private const int Tail = 4;
    private const ulong LargestRecord = 1 << 28;

    /// <summary>Keeps the events of the given steps, and truncates each file at the first other event.</summary>
    /// <param name="folder">The run folder.</param>
    /// <param name="steps">The step of each pass to keep, in any order. A step with two passes occurs twice.</param>
    /// <exception cref="WorkFailedException">A file can't be written.</exception>
    public static void Apply(string folder, IEnumerable<long> steps)
    {
        Dictionary<long, int> left = steps.CountBy(s => s).ToDictionary();
        foreach (string path in Directory.EnumerateFiles(folder, "events.out.tfevents.*").Order(StringComparer.Ordinal))
        {
            OutputFile.Guard(path, () => Cut(path, left));
        }
    }

    private static void Cut(string path, Dictionary<long, int> left)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.Read);
        long whole = 0;
        while (Next(file) is { } message && IsKept(message, left))
        {
            whole = file.Position;
        }

        file.SetLength(whole);
    }

    private static bool IsKept(Event message, Dictionary<long, int> left)
    {
        if (message.WhatCase != Event.WhatOneofCase.Summary)
        {
            return true;
        }

        int count = left.GetValueOrDefault(message.Step);
        left[message.Step] = count - 1;
        return count > 0;
    }

    /// <summary>Reads the next record; null at the end of the file, or if a crash left an incomplete record.</summary>
    private static Event? Next(FileStream file)
    {
        Span<byte> head = stackalloc byte[Head];
        if (file.ReadAtLeast(head, Head, throwOnEndOfStream: false) < Head)
        {
            return null;
        }

        ulong length = BinaryPrimitives.ReadUInt64LittleEndian(head);
        if (length > LargestRecord || length > (ulong)(file.Length - file.Position))
        {
            return null;
        }

        var data = new byte[length + Tail];
        try
        {
            return file.ReadAtLeast(data, data.Length, throwOnEndOfStream: false) < data.Length ? null : Event.Parser.ParseFrom(data, 0, (int)length);
        }
        catch (InvalidProtocolBufferException)
        {
            return null;
        }
    }
}
