using Regimen.Curves;

namespace Regimen.Dashboard;

/// <summary>Curves of runs in memory, by folder and the state of its files. Those that were not used for the longest time make room.</summary>
/// <param name="capacity">The number of values that are kept.</param>
internal sealed class CurveStore(long capacity)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, RunCurves> _runs = [];
    private long _uses;

    /// <summary>Returns the curves of a run as its files are now.</summary>
    public RunCurves Of(string folder)
    {
        string state = StateOf(folder);
        lock (_gate)
        {
            if (!_runs.TryGetValue(folder, out RunCurves? curves) || curves.State != state)
            {
                _runs[folder] = curves = new RunCurves(folder, state);
            }

            curves.LastUse = ++_uses;
            return curves;
        }
    }

    /// <summary>Removes what is beyond the capacity.</summary>
    public void Trim()
    {
        lock (_gate)
        {
            long values = _runs.Values.Sum(r => r.Values);
            foreach ((string folder, RunCurves curves) in _runs.OrderBy(r => r.Value.LastUse).ToArray())
            {
                if (values <= capacity)
                {
                    return;
                }

                values -= curves.Values;
                _runs.Remove(folder);
            }
        }
    }

    /// <summary>The lengths and times of the files that curves are read from.</summary>
    public static string StateOf(string folder)
    {
        var metrics = new FileInfo(Path.Combine(folder, "metrics.jsonl"));
        var steps = new FileInfo(Path.Combine(folder, "steps.f32"));
        return FormattableString.Invariant($"{State(metrics)};{State(steps)}");

        static FormattableString State(FileInfo file) => file.Exists ? $"{file.Length}/{file.LastWriteTimeUtc.Ticks}" : (FormattableString)$"-";
    }
}

/// <summary>The curves of one run, at one state of its files.</summary>
internal sealed class RunCurves(string folder, string state)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<(string Name, double Smoothing), Curve?> _curves = [];
    private CurveReader? _reader;
    private long _values;

    public string State => state;

    /// <summary>When it was used last, as a count of uses.</summary>
    public long LastUse { get; set; }

    /// <summary>The number of values in memory.</summary>
    public long Values => Interlocked.Read(ref _values);

    /// <summary>The names of the series.</summary>
    public IReadOnlyList<string> Names
    {
        get
        {
            lock (_gate)
            {
                return Reader.Names;
            }
        }
    }

    private CurveReader Reader => _reader ??= new CurveReader(folder);

    /// <summary>Returns a series, smoothed or not; null if the run has none of that name.</summary>
    public Curve? Find(string name, double smoothing)
    {
        lock (_gate)
        {
            if (!_curves.TryGetValue((name, smoothing), out Curve? curve))
            {
                // One smoothed copy of each series is kept: a slider passes through many weights.
                foreach ((string, double) old in _curves.Keys.Where(k => k.Name == name && k.Smoothing != 0 && smoothing != 0).ToArray())
                {
                    Interlocked.Add(ref _values, -(_curves[old]?.Count ?? 0));
                    _curves.Remove(old);
                }

                curve = smoothing == 0 ? Reader.Find(name) : FindRaw(name) is { } raw ? Smoothing.Apply(raw, smoothing) : null;
                _curves[(name, smoothing)] = curve;
                Interlocked.Add(ref _values, curve?.Count ?? 0);
            }

            return curve;
        }
    }

    private Curve? FindRaw(string name)
    {
        if (!_curves.TryGetValue((name, 0), out Curve? curve))
        {
            _curves[(name, 0)] = curve = Reader.Find(name);
            Interlocked.Add(ref _values, curve?.Count ?? 0);
        }

        return curve;
    }
}
