using Regimen.Listing;

namespace Regimen.Dashboard;

/// <summary>The rows of all runs, read again when they are older than a second. Requests at the same time share one reading.</summary>
internal sealed class RunListing(RunsFolder folder, TimeProvider time)
{
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(0.8);
    private readonly Lock _gate = new();
    private IReadOnlyList<RunRow> _rows = [];
    private long? _read;

    /// <summary>The rows, newest first.</summary>
    public IReadOnlyList<RunRow> Rows
    {
        get
        {
            lock (_gate)
            {
                if (_read is not { } read || time.GetElapsedTime(read) > Fresh)
                {
                    // The newest first, trials of a sweep in their order.
                    _rows = [.. RunList.Read(folder.FullPath, time).Rows.Where(folder.Has).OrderByDescending(r => r.Sweep ?? r.Name, StringComparer.Ordinal).ThenBy(r => r.Trial ?? 0)];
                    _read = time.GetTimestamp();
                }

                return _rows;
            }
        }
    }

    /// <summary>Reads the rows of some runs as they are now.</summary>
    public IReadOnlyList<RunRow> Of(IEnumerable<string> ids)
    {
        Dictionary<string, string> shortNames = Rows.ToDictionary(r => r.Name, r => r.ShortName);
        return [.. ids.Select(id => RunList.ReadOne(folder.Run(id))).Select(r => r with { ShortName = shortNames.GetValueOrDefault(r.Name, r.Name) })];
    }

    /// <summary>Forgets the rows: one of them was changed here.</summary>
    public void Forget()
    {
        lock (_gate)
        {
            _read = null;
        }
    }
}
