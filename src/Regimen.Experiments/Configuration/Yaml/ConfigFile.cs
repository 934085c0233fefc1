using System.Text;
using Regimen.Files;

namespace Regimen.Configuration;

/// <summary>Reads a config file and reports why it cannot be read.</summary>
internal static class ConfigFile
{
    /// <summary>The largest file that is read, in bytes.</summary>
    private const int LargestBytes = 1_000_000;
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Reads a file. Problems are added to <paramref name="problems"/>.</summary>
    /// <param name="path">The path of the file.</param>
    /// <param name="shown">The path as shown in messages.</param>
    /// <param name="problems">The list that problems are added to.</param>
    /// <returns>The root node; null if the file is empty or cannot be read.</returns>
    public static ConfigNode? Read(string path, string shown, ICollection<Problem> problems)
    {
        try
        {
            string? text = ReadText(path, shown, problems);
            return text is null ? null : YamlReader.Read(text, shown, isOption: false, problems);
        }
        catch (RequestException exception)
        {
            foreach (Problem problem in exception.Problems)
            {
                problems.Add(problem with { Where = shown });
            }

            return null;
        }
        catch (IOException exception)
        {
            problems.Add(new Problem($"Unable to read the file: {exception.Message}") { Where = shown });
            return null;
        }
    }

    private static string? ReadText(string path, string shown, ICollection<Problem> problems)
    {
        using FileStream file = InputFile.Open(path);
        // Devices and pipes also report a length of 0.
        long length = file.CanSeek ? file.Length : 0;
        byte[] bytes = new byte[length is > 0 and <= LargestBytes ? length : LargestBytes + 1];
        int count = file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        if (count > LargestBytes)
        {
            problems.Add(new Problem("The config file is too large") { Where = shown, Expected = $"at most {LargestBytes} bytes" });
            return null;
        }

        try
        {
            ReadOnlySpan<byte> content = bytes.AsSpan(0, count);
            return Strict.GetString(content.StartsWith(Encoding.UTF8.Preamble) ? content[Encoding.UTF8.Preamble.Length..] : content);
        }
        catch (DecoderFallbackException exception)
        {
            problems.Add(new Problem("The file is not valid UTF-8")
            {
                Where = $"{shown} (byte {exception.Index})",
                Hint = "Save the file as UTF-8.",
            });
            return null;
        }
    }
}
