using System.Text;
using Regimen.Runs;

namespace Regimen.Listing;

/// <summary>Converts a row to the bytes of an index entry and back: the fields in their order, without names. It takes a tenth of the time of JSON, which
/// decides how long ten thousand rows take. A change of the fields needs a new <see cref="RunIndex.Version"/>.</summary>
internal static class RowBytes
{
    private const int MostItems = 100_000;

    public static byte[] Write(RunRow row)
    {
        using var bytes = new MemoryStream();
        using (var to = new BinaryWriter(bytes, Encoding.UTF8, leaveOpen: true))
        {
            Text(to, row.Damage);
            to.Write(row.Recorded is { } status ? (int)status : -1);
            foreach (string? text in (ReadOnlySpan<string?>)[row.Reason, row.Error, row.Model, row.Data, row.Device, row.Program, row.Imported, row.Parent, row.Monitor, row.WeightsDigest])
            {
                Text(to, text);
            }

            Number(to, row.Started?.UtcTicks);
            Number(to, row.Ended?.UtcTicks);
            Number(to, row.Seconds is { } seconds ? BitConverter.DoubleToInt64Bits(seconds) : null);
            Number(to, unchecked((long?)row.Seed));
            Number(to, row.Parameters);
            Number(to, row.BestEpoch);
            Number(to, row.BestStep);
            Number(to, row.Best is { } best ? BitConverter.DoubleToInt64Bits(best) : null);
            to.Write(row.Epochs);
            to.Write(row.Steps);
            to.Write(row.Plan is not null);
            if (row.Plan is { } plan)
            {
                to.Write(plan.Epochs);
                to.Write(plan.Steps);
                to.Write(plan.StepsPerEpoch);
            }

            to.Write(row.Values.Count);
            foreach ((string key, double? value) in row.Values)
            {
                to.Write(key);
                Number(to, value is { } number ? BitConverter.DoubleToInt64Bits(number) : null);
            }

            to.Write(row.MetricModes?.Count ?? -1);
            foreach ((string key, string mode) in row.MetricModes ?? new Dictionary<string, string>())
            {
                to.Write(key);
                to.Write(mode);
            }

            Texts(to, row.Tags);
            to.Write(row.Note);
            Texts(to, row.Problems);
        }

        return bytes.ToArray();
    }

    /// <summary>Reads a row; null if the bytes are no row.</summary>
    public static RunRow? TryRead(byte[] bytes)
    {
        try
        {
            using var from = new BinaryReader(new MemoryStream(bytes), Encoding.UTF8);
            RunRow row = Read(from);
            return from.BaseStream.Position == bytes.Length ? row : null;
        }
        catch (Exception exception) when (exception is IOException or ArgumentException or FormatException or OverflowException)
        {
            return null;
        }
    }

    /// <summary>Reads the fields; initialisers run in the order in which they are written.</summary>
    private static RunRow Read(BinaryReader from) => new()
    {
        Damage = Text(from),
        Recorded = from.ReadInt32() is var status && Enum.IsDefined((RunStatus)status) ? (RunStatus)status : status == -1 ? null : throw new FormatException(),
        Reason = Text(from),
        Error = Text(from),
        Model = Text(from),
        Data = Text(from),
        Device = Text(from),
        Program = Text(from),
        Imported = Text(from),
        Parent = Text(from),
        Monitor = Text(from),
        WeightsDigest = Text(from),
        Started = Time(from),
        Ended = Time(from),
        Seconds = Double(from),
        Seed = unchecked((ulong?)Number(from)),
        Parameters = Number(from),
        BestEpoch = (int?)Number(from),
        BestStep = Number(from),
        Best = Double(from),
        Epochs = from.ReadInt32(),
        Steps = from.ReadInt64(),
        Plan = from.ReadBoolean() ? new RunPlan(from.ReadInt32(), from.ReadInt64(), from.ReadInt64()) : null,
        Values = Map(from, Count(from)!.Value, Double),
        MetricModes = Count(from) is { } modes ? Map(from, modes, f => f.ReadString()) : null,
        Tags = Texts(from),
        Note = from.ReadString(),
        Problems = Texts(from),
    };

    private static void Text(BinaryWriter to, string? text)
    {
        to.Write(text is not null);
        if (text is not null)
        {
            to.Write(text);
        }
    }

    private static string? Text(BinaryReader from) => from.ReadBoolean() ? from.ReadString() : null;

    private static void Texts(BinaryWriter to, IReadOnlyList<string> texts)
    {
        to.Write(texts.Count);
        foreach (string text in texts)
        {
            to.Write(text);
        }
    }

    private static string[] Texts(BinaryReader from)
    {
        var texts = new string[Count(from)!.Value];
        for (int i = 0; i < texts.Length; i++)
        {
            texts[i] = from.ReadString();
        }

        return texts;
    }

    private static void Number(BinaryWriter to, long? number)
    {
        to.Write(number is not null);
        if (number is { } value)
        {
            to.Write(value);
        }
    }

    private static long? Number(BinaryReader from) => from.ReadBoolean() ? from.ReadInt64() : null;

    private static double? Double(BinaryReader from) => Number(from) is { } bits ? BitConverter.Int64BitsToDouble(bits) : null;

    private static DateTimeOffset? Time(BinaryReader from) => Number(from) is { } ticks ? new DateTimeOffset(ticks, TimeSpan.Zero) : null;

    private static int? Count(BinaryReader from) => from.ReadInt32() switch
    {
        -1 => null,
        var count and >= 0 and <= MostItems => count,
        _ => throw new FormatException(),
    };

    private static Dictionary<string, T> Map<T>(BinaryReader from, int count, Func<BinaryReader, T> value)
    {
        var map = new Dictionary<string, T>(Math.Min(count, 64));
        for (int i = 0; i < count; i++)
        {
            string key = from.ReadString();
            map[key] = value(from);
        }

        return map;
    }
}
