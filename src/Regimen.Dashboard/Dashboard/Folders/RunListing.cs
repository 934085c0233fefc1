using Regimen.Listing;

namespace Regimen.Dashboard;

/// <summary>The rows of all runs, read again when they are older than a second. Requests at the same time share one reading.</summary>
internal sealed class RunListing(RunsFolder folder, TimeProvider time)
{
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(0.8);
    private readonly Lock _gate = new();
    private IReadOnlyList<RunRow> _rows = [];
    private Dictionary<string, string> _shortNames = [];
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
                    _shortNames = _rows.ToDictionary(r => r.Name, r => r.ShortName);
                    _read = time.GetTimestamp();
                }

                return _rows;
            }
        }
    }

    /// <summary>Returns the short name of a run.</summary>
    public string ShortName(string id)
    {
        _ = Rows;
        return _shortNames.GetValueOrDefault(id, id);
    }

    /// <summary>Reads the rows of some runs as they are now.</summary>
    public IReadOnlyList<RunRow> Of(IEnumerable<string> ids) => [.. ids.Select(id => RunList.ReadOne(folder.Run(id)) with { ShortName = ShortName(id) })];

    /// <summary>Forgets the rows: one of them was changed here.</summary>
    public void Forget()
    {
        lock (_gate)
        {
            _read = null;
        }
    }
}
