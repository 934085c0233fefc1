using Regimen.Listing;
using Regimen.Runs;

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

    /// <summary>Returns the short names of some runs. The folders are not read: their names are enough.</summary>
    public IReadOnlyList<string> ShortNames(IEnumerable<string> ids)
    {
        var names = new RunNames(RunNames.Folders(folder.FullPath).Select(RunNames.Of));
        return [.. ids.Select(names.Short)];
    }

    /// <summary>Reads the rows of some runs as they are now.</summary>
    public IReadOnlyList<RunRow> Of(IReadOnlyList<string> ids) => [.. ids.Zip(ShortNames(ids), (id, name) => RunList.ReadOne(folder.Run(id)) with { ShortName = name })];

    /// <summary>Forgets the rows: one of them was changed here.</summary>
    public void Forget()
    {
        lock (_gate)
        {
            _read = null;
        }
    }
}
