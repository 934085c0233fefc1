using System.Buffers.Binary;
using System.Text;

namespace Regimen.Ranks;

/// <summary>What ranks tell each other four times a second: that they live, that a stop was requested, who failed or is lost, and that they have
/// ended.</summary>
/// <param name="State">What is told.</param>
/// <param name="Fault">The rank that failed or is lost; null for none.</param>
internal sealed record RankMessage(RankState State, RankFault? Fault)
{
    /// <summary>The length of every message in bytes; a longer problem is cut.</summary>
    public const int Length = 2048;

    private const int Header = 24;

    /// <summary>Writes the message.</summary>
    public void Write(Span<byte> to)
    {
        to.Clear();
        to[0] = (byte)State;
        if (Fault is not { } fault)
        {
            return;
        }

        to[1] = fault.IsLost ? (byte)1 : (byte)2;
        BinaryPrimitives.WriteInt32LittleEndian(to[4..], fault.Rank);
        BinaryPrimitives.WriteDoubleLittleEndian(to[8..], fault.Seconds);
        int host = Text(fault.Host, to[Header..(Header + 256)]);
        int message = Text(fault.Message ?? string.Empty, to[(Header + host)..]);
        BinaryPrimitives.WriteInt32LittleEndian(to[16..], host);
        BinaryPrimitives.WriteInt32LittleEndian(to[20..], message);
    }

    /// <summary>Reads a message.</summary>
    public static RankMessage Read(ReadOnlySpan<byte> from)
    {
        var state = (RankState)from[0];
        if (from[1] == 0)
        {
            return new RankMessage(state, null);
        }

        int host = Math.Clamp(BinaryPrimitives.ReadInt32LittleEndian(from[16..]), 0, from.Length - Header);
        int message = Math.Clamp(BinaryPrimitives.ReadInt32LittleEndian(from[20..]), 0, from.Length - Header - host);
        return new RankMessage(state, new RankFault(
            BinaryPrimitives.ReadInt32LittleEndian(from[4..]),
            Encoding.UTF8.GetString(from.Slice(Header, host)),
            from[1] == 1 ? null : Encoding.UTF8.GetString(from.Slice(Header + host, message)),
            BinaryPrimitives.ReadDoubleLittleEndian(from[8..])));
    }

    private static int Text(string text, Span<byte> to)
    {
        Encoding.UTF8.GetEncoder().Convert(text, to, flush: true, out _, out int written, out _);
        return written;
    }
}

/// <summary>The state of a rank.</summary>
[Flags]
internal enum RankState : byte
{
    /// <summary>It works.</summary>
    Alive = 0,

    /// <summary>A stop was requested.</summary>
    Stops = 1,

    /// <summary>It has ended its work.</summary>
    Ended = 2,
}
