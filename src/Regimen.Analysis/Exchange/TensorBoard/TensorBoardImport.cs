using Regimen.Files;

namespace Regimen.Exchange;

/// <summary>Finds and reads the runs in a folder of TensorBoard's event files: each folder with such files is a run.</summary>
internal static class TensorBoardImport
{
    /// <summary>The name of the tracker.</summary>
    public const string Tracker = "tensorboard";

    private const int MostFolders = 100_000;
    private const int Deepest = 16;

    /// <summary>Reads every run.</summary>
    /// <param name="folder">The folder, searched to a depth of 16; links are not followed, and runs of Regimen are left out.</param>
    /// <exception cref="RequestException">There is no such folder, or it has no event files.</exception>
    public static IEnumerable<ImportedRun> Read(string folder)
    {
        if (!Directory.Exists(folder))
        {
            throw new RequestException(new Problem("There is no such folder") { Where = folder, Expected = "a folder of TensorBoard, with events.out.tfevents.… files in it or below" });
        }

        string[] folders = [.. Folders(folder).Take(MostFolders).Where(f => !File.Exists(Path.Combine(f, "run.json")) && EventFiles(f).Length > 0).Order(StringComparer.Ordinal)];
        return folders.Length > 0
            ? folders.Select(f => Read(folder, f)).OfType<ImportedRun>()
            : throw new RequestException(new Problem("The folder has no event files of TensorBoard")
            {
                Where = folder,
                Expected = "events.out.tfevents.… files in it or below, not in a run of Regimen",
                Hint = "Runs of Regimen need no import: `regimen runs --runs FOLDER` lists them.",
            });
    }

    /// <summary>Reads a run; null if it has no scalars.</summary>
    private static ImportedRun? Read(string root, string folder)
    {
        var events = new TensorBoardEvents();
        foreach (string path in EventFiles(folder))
        {
            try
            {
                using FileStream file = InputFile.OpenRegular(path);
                using var buffered = new BufferedStream(file, 1 << 16);
                events.Add(path, buffered);
            }
            catch (RequestException exception)
            {
                events.Notes.Add(exception.Problems[0].ToString());
            }
            catch (IOException exception)
            {
                events.Notes.Add($"{path}: {exception.Message}");
            }
        }

        double first = events.Scalars.Values.SelectMany(p => p).Select(p => p.Time).DefaultIfEmpty(double.NaN).Min();
        if (double.IsNaN(first))
        {
            return null;
        }

        DateTimeOffset started = DateTimeOffset.UnixEpoch.AddSeconds(Math.Clamp(first, 0, 250_000_000_000));
        var series = new OrderedDictionary<(string, string), IReadOnlyList<(long, double, double)>>();
        IReadOnlyDictionary<string, (string, string)> names = SeriesNames.FromTags(events.Scalars.Keys);
        foreach ((string tag, List<ScalarPoint> points) in events.Scalars)
        {
            series[names[tag]] = [.. points.OrderBy(p => p.Step).Select(p => (p.Step, p.Time - first, p.Value))];
        }

        string relative = Path.GetRelativePath(root, folder);
        return new ImportedRun
        {
            Name = relative == "." ? Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(root))) : relative,
            Source = Path.GetFullPath(folder),
            Started = started,
            Series = series,
            Config = events.Hyperparameters,
            Notes = events.Notes,
        };
    }

    private static string[] EventFiles(string folder)
    {
        try
        {
            return [.. Directory.GetFiles(folder, "*tfevents*").Where(f => new FileInfo(f).LinkTarget is null).Order(StringComparer.Ordinal)];
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    private static IEnumerable<string> Folders(string root) => Directory.EnumerateDirectories(
        root, "*", new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = Deepest, AttributesToSkip = FileAttributes.ReparsePoint, IgnoreInaccessible = true }).Prepend(root);
}
