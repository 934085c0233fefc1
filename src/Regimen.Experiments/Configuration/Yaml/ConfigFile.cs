using System.Text;
using Regimen.Files;

namespace Regimen.Configuration;

/// <summary>Reads a config file, and says in plain words why one cannot be.</summary>
internal static class ConfigFile
{
    /// <summary>A megabyte: thousands of times what a config has.</summary>
    private const int LargestBytes = 1_000_000;
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Reads a file; what is wrong with it is added to the problems.</summary>
    /// <param name="path">Where it is.</param>
    /// <param name="shown">As a person finds it: what errors call it.</param>
    /// <param name="problems">Where problems go.</param>
    /// <returns>Null where there is nothing in it, or where it could not be read.</returns>
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
            problems.Add(new Problem($"The file can't be read: {exception.Message}") { Where = shown });
            return null;
        }
    }

    private static string? ReadText(string path, string shown, ICollection<Problem> problems)
    {
        using FileStream file = InputFile.Open(path);
        // A length of 0 is also what devices and pipes say.
        long length = file.CanSeek ? file.Length : 0;
        byte[] bytes = new byte[length is > 0 and <= LargestBytes ? length : LargestBytes + 1];
        int count = file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        if (count > LargestBytes)
        {
            problems.Add(new Problem("This is too large for a config") { Where = shown, Expected = $"at most {LargestBytes} bytes" });
            return null;
        }

        try
        {
            ReadOnlySpan<byte> content = bytes.AsSpan(0, count);
            return Strict.GetString(content.StartsWith(Encoding.UTF8.Preamble) ? content[Encoding.UTF8.Preamble.Length..] : content);
        }
        catch (DecoderFallbackException exception)
        {
            problems.Add(new Problem("This is not text in UTF-8")
            {
                Where = $"{shown} (byte {exception.Index})",
                Hint = "Save the file as UTF-8.",
            });
            return null;
        }
    }
}
