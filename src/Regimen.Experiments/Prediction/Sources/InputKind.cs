using System.Text;

namespace Regimen.Prediction;

/// <summary>The format of an input.</summary>
internal enum InputKind
{
    /// <summary>An image, or an unknown format that only an image decoder can name.</summary>
    Image,

    /// <summary>An npy file.</summary>
    Npy,

    /// <summary>An idx file, perhaps compressed with gzip.</summary>
    Idx,

    /// <summary>A JSON document in each line.</summary>
    JsonLines,

    /// <summary>Any other text: a CSV table, or a text to continue.</summary>
    Text,
}

/// <summary>Recognises the format of an input by its first bytes.</summary>
internal static class InputKinds
{
    /// <summary>The number of bytes that are enough.</summary>
    public const int Needed = 512;

    /// <summary>Returns the format.</summary>
    /// <param name="start">The first <see cref="Needed"/> bytes, or all bytes of a shorter input.</param>
    public static InputKind Of(ReadOnlySpan<byte> start) => start switch
    {
        [0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y', ..] => InputKind.Npy,
        [0x1F, 0x8B, ..] or [0, 0, >= 0x08 and <= 0x0E, _, ..] => InputKind.Idx,
        [0x89, (byte)'P', (byte)'N', (byte)'G', ..] or [0xFF, 0xD8, 0xFF, ..] or [(byte)'B', (byte)'M', _, _, _, _, 0, 0, 0, 0, ..] => InputKind.Image,
        [(byte)'R', (byte)'I', (byte)'F', (byte)'F', ..] or [(byte)'G', (byte)'I', (byte)'F', (byte)'8', ..] => InputKind.Image,
        _ when start.Contains((byte)0) => InputKind.Image,
        _ => FirstCharacter(start) is (byte)'{' or (byte)'[' ? InputKind.JsonLines : InputKind.Text,
    };

    private static byte FirstCharacter(ReadOnlySpan<byte> start)
    {
        start = start.StartsWith(Encoding.UTF8.Preamble) ? start[Encoding.UTF8.Preamble.Length..] : start;
        start = start.TrimStart(" \t\r\n"u8);
        return start.IsEmpty ? (byte)0 : start[0];
    }
}
