using System.Globalization;
using Regimen.Files;

namespace Regimen.Runs;

/// <summary>The folders of runs and sweeps, which are named by their start time in UTC: <c>2026-11-23_14-03-22_mnist-mlp</c>.</summary>
internal static class StampedFolder
{
    private const string Format = "yyyy-MM-dd_HH-mm-ss";

    /// <summary>Creates a folder that did not exist before. A second one of the same second and name gets the suffix <c>-2</c>.</summary>
    /// <param name="runsRoot">The folder of all runs; created if it does not exist.</param>
    /// <param name="name">The end of the folder's name.</param>
    /// <param name="time">The time provider.</param>
    /// <returns>The absolute path.</returns>
    /// <exception cref="RequestException">The folder can't be created.</exception>
    public static string Create(string runsRoot, string name, TimeProvider time)
    {
        string root = Path.GetFullPath(runsRoot);
        string stamp = time.GetUtcNow().UtcDateTime.ToString(Format, CultureInfo.InvariantCulture);
        try
        {
            Directory.CreateDirectory(root);
            for (int n = 1; ; n++)
            {
                string path = Path.Combine(root, n == 1 ? $"{stamp}_{name}" : $"{stamp}_{name}-{n}");
                if (ExclusiveFolder.TryCreate(path))
                {
                    return path;
                }
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or NotSupportedException or ArgumentException)
        {
            throw new RequestException(
                new Problem($"The run's folder can't be created: {exception.Message}")
                {
                    Where = root,
                    Expected = "a folder that can be written to",
                    Hint = "Set runs=FOLDER to a writable folder, or change the permissions.",
                },
                exception);
        }
    }

    /// <summary>Returns the time in a folder's name; null if there is none.</summary>
    public static DateTimeOffset? TimeOf(ReadOnlySpan<char> name) => DateTimeOffset.TryParseExact(
        name[..Math.Min(name.Length, Format.Length)], Format, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset time) ? time : null;

    /// <summary>Removes a folder in which nothing has begun. A failure is not reported: the caller reports the one that ended the beginning, and a folder
    /// without a record is not listed.</summary>
    public static void Remove(string path)
    {
        try
        {
            Directory.Delete(path, recursive: true);
        }
        catch (Exception exception) when (OutputFile.IsFault(exception))
        {
            // See above.
        }
    }
}
