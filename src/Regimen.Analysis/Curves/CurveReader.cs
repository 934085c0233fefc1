using Regimen.Files;

namespace Regimen.Curves;

/// <summary>Reads the series of a run from its folder: each value of <c>metrics.jsonl</c> under the name of its split (<c>train.loss</c>,
/// <c>val.accuracy</c>), the learning rate as <c>lr</c>, and the losses of <c>steps.f32</c> as <c>step.loss</c>.</summary>
/// <remarks>A folder that is being written, truncated or damaged gives what is complete; <see cref="Problems"/> names the rest. A reader shows
/// the folder at the time of its creation; <c>steps.f32</c> is read when its curve is requested first.</remarks>
public sealed class CurveReader
{
    /// <summary>The name of the curve of <c>steps.f32</c>.</summary>
    public const string StepLoss = "step.loss";

    private readonly string _steps;
    private readonly List<Problem> _problems = [];
    private readonly Dictionary<string, Curve> _curves = [];
    private readonly RunClock _clock;

    /// <summary>Reads a run's metrics.</summary>
    /// <param name="folder">The run's folder.</param>
    public CurveReader(string folder)
    {
        _steps = Path.Combine(folder, "steps.f32");
        IReadOnlyList<MetricRow> rows = ReadRows(Path.Combine(folder, "metrics.jsonl"));
        _clock = RunTime.Of(folder, rows);
        foreach ((string name, IEnumerable<(long Step, double Value)> points) in Series(rows))
        {
            (long Step, double Value)[] ordered = [.. points.OrderBy(p => p.Step)];
            _curves.Add(name, new Curve(name, [.. ordered.Select(p => p.Step)], [.. ordered.Select(p => p.Value)], _clock));
        }

        Names = [.. _curves.Keys, .. File.Exists(_steps) ? [StepLoss] : (string[])[]];
    }

    /// <summary>The names of the series, in the order of their first value; <see cref="StepLoss"/> last.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>What could not be read.</summary>
    public IReadOnlyList<Problem> Problems => _problems;

    /// <summary>The epoch and time of each step.</summary>
    public RunClock Clock => _clock;

    /// <summary>Returns a series; null if the run has none of that name.</summary>
    public Curve? Find(string name) => _curves.GetValueOrDefault(name) ?? (name == StepLoss && Names.Contains(StepLoss) ? ReadSteps() : null);

    private Curve ReadSteps()
    {
        double[] losses = [];
        try
        {
            losses = StepLosses.Read(_steps);
        }
        catch (RequestException exception)
        {
            _problems.AddRange(exception.Problems);
        }

        return _curves[StepLoss] = new Curve(StepLoss, steps: null, losses, _clock);
    }

    private IReadOnlyList<MetricRow> ReadRows(string path)
    {
        if (!File.Exists(path))
        {
            return [];
        }

        try
        {
            using FileStream file = InputFile.OpenRegular(path);
            (IReadOnlyList<MetricRow> rows, int damaged) = MetricRow.ReadAll(file);
            if (damaged > 0)
            {
                _problems.Add(new Problem($"{damaged} line(s) are not rows of metrics and are left out") { Where = path });
            }

            return rows;
        }
        catch (IOException exception)
        {
            _problems.AddRange(InputFile.Unreadable(path, exception).Problems);
        }
        catch (RequestException exception)
        {
            _problems.AddRange(exception.Problems);
        }

        return [];
    }

    private static IEnumerable<(string Name, IEnumerable<(long, double)> Points)> Series(IReadOnlyList<MetricRow> rows)
        => rows.SelectMany(r => r.Values.Select(v => (Name: NameOf(r.Split, v.Name), r.Step, v.Value)))
            .GroupBy(v => v.Name)
            .Select(g => (g.Key, g.Select(v => (v.Step, v.Value))));

    private static string NameOf(string split, string value) => value == "lr" && split == "train" ? value : $"{split}.{value}";
}
