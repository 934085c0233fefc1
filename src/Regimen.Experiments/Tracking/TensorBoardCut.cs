using System.Buffers.Binary;
using Google.Protobuf;
using Regimen.Files;
using Regimen.Runs;
using Tensorboard;

namespace Regimen.Tracking;

/// <summary>Truncates a run's TensorBoard files to the events before the point of resumption, so that no event is written twice.</summary>
internal sealed class TensorBoardCut
{
    private const int Head = 12;
    private const int Tail = 4;
    private const ulong LargestRecord = 1 << 28;
    private readonly Dictionary<long, int> _passes;
    private readonly HashSet<long> _epochs;
    private readonly HashSet<string> _opening = [];

    private readonly long _step;

    private TensorBoardCut(History history, long step)
    {
        _step = step;

        // A step with two passes, the end of an epoch and a validation, occurs twice.
        _passes = history.Passes.CountBy(p => p.At.Step).ToDictionary();
        _epochs = [.. history.Passes.Where(p => p.Split == Pass.Train).Select(p => p.At.Step)];
    }

    /// <summary>Keeps what was written at the start, the passes of a history and the histograms up to a step, and truncates each file at the first
    /// other event.</summary>
    /// <param name="folder">The run folder.</param>
    /// <param name="history">The passes to keep.</param>
    /// <param name="step">The step that the run continues from.</param>
    /// <returns>The tags of the start that were kept.</returns>
    /// <exception cref="WorkFailedException">A file can't be written.</exception>
    public static IReadOnlySet<string> Apply(string folder, History history, long step)
    {
        var cut = new TensorBoardCut(history, step);
        foreach (string path in Directory.EnumerateFiles(folder, "events.out.tfevents.*").Order(StringComparer.Ordinal))
        {
            OutputFile.Guard(path, () => cut.Apply(path));
        }

        return cut._opening;
    }

    private void Apply(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.Read);
        long whole = 0;
        while (Next(file) is { } message && IsKept(message))
        {
            whole = file.Position;
        }

        file.SetLength(whole);
    }

    private bool IsKept(Event message)
    {
        switch (TensorBoardTags.KindOf(message))
        {
            case TensorBoardEventKind.Opening:
                _opening.UnionWith(message.Summary.Value.Select(v => v.Tag));
                return true;
            case TensorBoardEventKind.Pass:
                int count = _passes.GetValueOrDefault(message.Step);
                _passes[message.Step] = count - 1;
                return count > 0;
            case TensorBoardEventKind.Gradients:
                // Written before the update: a checkpoint of its step may come before the epoch's passes.
                return message.Step <= _step;
            case TensorBoardEventKind.Weights:
                return _epochs.Remove(message.Step);
            default:
                return message.WhatCase != Event.WhatOneofCase.Summary;
        }
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
