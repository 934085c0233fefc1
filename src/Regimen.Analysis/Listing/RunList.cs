using Regimen.Runs;

namespace Regimen.Listing;

/// <summary>All runs below a folder as rows, trials of sweeps included.</summary>
public sealed class RunList
{
    /// <summary>Fewer runs are read from their folders at once; an index would only leave a file behind.</summary>
    private const int LeastForIndex = 100;

    private RunList(string root, IReadOnlyList<RunRow> rows) => (Root, Rows) = (root, rows);

    /// <summary>The absolute path of the folder of all runs.</summary>
    public string Root { get; }

    /// <summary>The rows, in the order of their names.</summary>
    public IReadOnlyList<RunRow> Rows { get; }

    /// <summary>Reads every run below a folder, from the index where it is up to date. A folder that does not exist has no runs.</summary>
    /// <param name="root">The folder of all runs.</param>
    /// <param name="time">The time provider.</param>
    public static RunList Read(string root, TimeProvider? time = null) => Read(root, time ?? TimeProvider.System, LeastForIndex);

    /// <summary>Reads one run, as a row with its whole name as its short name.</summary>
    /// <param name="folder">The run's folder.</param>
    public static RunRow ReadOne(string folder)
    {
        RunRow row = RunRowReader.WithPresent(RunRowReader.Read(Path.GetFullPath(folder)));
        return row with { ShortName = row.Name };
    }

    internal static RunList Read(string root, TimeProvider time, int leastForIndex)
    {
        root = Path.GetFullPath(root);
        IReadOnlyList<string> folders = RunNames.Folders(root);
        using RunIndex? index = folders.Count >= leastForIndex && folders.Count > 0 ? RunIndex.TryOpen(root) : null;
        RunRow[] rows = index is null ? Each(folders, RunRowReader.Read) : Each(root, folders, index, time.GetUtcNow());
        var names = new RunNames(rows.Select(r => r.Name));
        return new RunList(root, [.. rows.Select(r => r with { ShortName = names.Short(r.Name) })]);
    }

    private static RunRow[] Each(string root, IReadOnlyList<string> folders, RunIndex index, DateTimeOffset now)
    {
        Dictionary<string, IndexEntry> known = index.Entries;
        int above = Path.TrimEndingDirectorySeparator(root).Length + 1;
        var changed = new System.Collections.Concurrent.ConcurrentBag<(string, IndexEntry)>();
        RunRow[] rows = Each(folders, folder =>
        {
            string path = folder[above..];
            (byte[] stamp, bool isSettled) = RunStamp.Of(folder, now);
            if (known.TryGetValue(path, out IndexEntry? entry) && entry.Stamp.AsSpan().SequenceEqual(stamp) && FromEntry(folder, entry) is { } row)
            {
                return row;
            }

            row = RunRowReader.Read(folder);
            if (isSettled)
            {
                changed.Add((path, new IndexEntry(stamp, RowBytes.Write(row), row.Config)));
            }

            return row;
        });
        string[] gone = [.. known.Keys.Except(folders.Select(f => f[above..]))];
        if (!changed.IsEmpty || gone.Length > 0)
        {
            index.Write(changed, gone);
        }

        return rows;
    }

    private static RunRow? FromEntry(string folder, IndexEntry entry)
        => RowBytes.TryRead(entry.Row) is { } row ? row with { Folder = folder, Name = RunNames.Of(folder), Config = entry.Config } : null;

    /// <summary>Reads the folders on all cores, and adds what is true at this moment.</summary>
    private static RunRow[] Each(IReadOnlyList<string> folders, Func<string, RunRow> read)
    {
        var rows = new RunRow[folders.Count];
        Parallel.For(0, rows.Length, i => rows[i] = RunRowReader.WithPresent(read(folders[i])));
        return rows;
    }
}
