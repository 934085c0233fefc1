using Regimen.Charts;
using Regimen.Curves;
using Regimen.Listing;

namespace Regimen.App.Commands;

/// <summary>The curves of a plot.</summary>
internal sealed record PlotRequest
{
    /// <summary>The curves that are drawn if none is named, as far as the runs have them.</summary>
    public static IReadOnlyList<string> DefaultCurves { get; } = ["train.loss", "val.loss"];

    /// <summary>The runs.</summary>
    public required IReadOnlyList<RunRow> Runs { get; init; }

    /// <summary>The names of the curves; empty for <see cref="DefaultCurves"/>.</summary>
    public IReadOnlyList<string> Curves { get; init; } = [];

    /// <summary>The horizontal axis.</summary>
    public CurveAxis Axis { get; init; }

    /// <summary>The weight of the moving average, from 0 (none) to below 1.</summary>
    public double Smooth { get; init; }

    /// <summary>Whether each curve is the mean over the runs, with its standard deviation.</summary>
    public bool IsMean { get; init; }

    /// <summary>Whether the vertical axis is logarithmic.</summary>
    public bool IsLog { get; init; }

    /// <summary>Reads the curves.</summary>
    /// <exception cref="RequestException">A run has none of them.</exception>
    public IReadOnlyList<PlottedCurve> Read()
    {
        var curves = new List<PlottedCurve>();
        var missing = new List<Problem>();
        foreach (RunRow run in Runs)
        {
            var reader = new CurveReader(run.Folder);
            string[] names = [.. (Curves.Count > 0 ? Curves : DefaultCurves).Where(c => Curves.Count > 0 || reader.Names.Contains(c))];
            if (names.Length == 0)
            {
                names = [.. reader.Names.Take(1)];
            }

            foreach (string name in names)
            {
                if (reader.Find(name) is { Count: > 0 } curve)
                {
                    curves.Add(new(run, curve, Smoothing.Apply(curve, Smooth)));
                }
                else
                {
                    missing.Add(new Problem($"The run has no curve `{name}`")
                    {
                        Where = run.Name,
                        Expected = reader.Names.Count == 0 ? "a run with at least one complete epoch" : $"one of {string.Join(", ", reader.Names)}",
                        Received = name,
                        Hint = Spelling.DidYouMean(name, reader.Names),
                    });
                }
            }

            if (names.Length == 0)
            {
                missing.Add(new Problem("The run has no curve yet") { Where = run.Name, Expected = "a run with at least one step" });
            }
        }

        return curves.Count == 0 || (Runs.Count == 1 && missing.Count > 0) || (Curves.Count > 0 && Curves.FirstOrDefault(c => curves.All(k => k.Raw.Name != c)) is not null)
            ? throw new RequestException(missing)
            : curves;
    }

    /// <summary>Returns the lines to draw.</summary>
    /// <param name="curves">The curves.</param>
    /// <param name="columns">The width of the drawing in columns: of each, the least, the greatest and the last value are kept.</param>
    /// <param name="withRaw">Whether curves before smoothing are drawn behind, faintly.</param>
    public IReadOnlyList<LineSeries> Lines(IReadOnlyList<PlottedCurve> curves, int columns, bool withRaw)
    {
        if (IsMean)
        {
            return [.. curves.GroupBy(c => c.Raw.Name).Select(g => Mean([.. g.Select(c => c.Smooth)], g.Key, columns))];
        }

        string[] names = [.. curves.Select(c => NameOf(c, curves))];
        IEnumerable<LineSeries> raw = withRaw && Smooth > 0 ? curves.Select((c, i) => Line(c.Raw, names[i], columns, i) with { IsFaint = true }) : [];
        return [.. raw, .. curves.Select((c, i) => Line(c.Smooth, names[i], columns, i))];
    }

    /// <summary>Returns the horizontal axis with the unit of its values, and the factor to it.</summary>
    public (ChartAxis Axis, double Scale) Horizontal(IEnumerable<LineSeries> lines)
    {
        double most = lines.SelectMany(l => l.X).Where(double.IsFinite).DefaultIfEmpty().Max();
        return Axis switch
        {
            CurveAxis.Epoch => (new() { Label = "epoch", IsTight = true }, 1),
            CurveAxis.Seconds when most > 7200 => (new() { Label = "time in hours", IsTight = true }, 1 / 3600.0),
            CurveAxis.Seconds when most > 120 => (new() { Label = "time in minutes", IsTight = true }, 1 / 60.0),
            CurveAxis.Seconds => (new() { Label = "time in seconds", IsTight = true }, 1),
            _ => (new() { Label = "step", IsTight = true, IsWhole = true }, 1),
        };
    }

    /// <summary>Returns the chart of the lines.</summary>
    public LineChart Chart(IReadOnlyList<LineSeries> lines)
    {
        (ChartAxis axis, double scale) = Horizontal(lines);
        string[] curves = [.. Curves.Count > 0 ? Curves : lines.Where(l => !l.IsFaint).Select(l => l.Name.Split(' ')[^1]).Distinct()];
        return new LineChart
        {
            Title = Runs.Count == 1 ? Runs[0].Name : string.Empty,
            Description = $"{string.Join(", ", curves)} of {string.Join(", ", Runs.Select(r => r.Name))} over {axis.Label}",
            Width = 900,
            Height = 460,
            X = axis,
            Y = new() { Label = curves.Length == 1 ? curves[0] : string.Empty, IsLog = IsLog },
            Series = [.. lines.Select(l => l with { X = [.. l.X.Select(x => x * scale)] })],
        };
    }

    private static string NameOf(PlottedCurve curve, IReadOnlyList<PlottedCurve> all)
        => all.All(c => c.Run.Folder == curve.Run.Folder) ? curve.Raw.Name
        : all.All(c => c.Raw.Name == curve.Raw.Name) ? curve.Run.ShortName
        : $"{curve.Run.ShortName} {curve.Raw.Name}";

    private LineSeries Line(Curve curve, string name, int columns, int number)
    {
        Curve drawn = DownSampling.MinMaxLast(curve, columns, Axis);
        return new(name, [.. Enumerable.Range(0, drawn.Count).Select(i => drawn.PositionAt(i, Axis))], drawn.Values.ToArray()) { ColorNumber = number };
    }

    private LineSeries Mean(Curve[] curves, string name, int columns)
    {
        IReadOnlyList<MeanPoint> mean = CurveMean.Of(curves, Axis, Math.Max(2, columns));
        return new($"mean of {curves.Length} {name}", [.. mean.Select(m => m.Position)], [.. mean.Select(m => m.Mean)])
        {
            Deviation = [.. mean.Select(m => double.IsNaN(m.Deviation) ? 0 : m.Deviation)],
        };
    }
}

/// <summary>A curve of a plot.</summary>
/// <param name="Run">Its run.</param>
/// <param name="Raw">The curve as it was recorded.</param>
/// <param name="Smooth">The curve as it is drawn.</param>
internal sealed record PlottedCurve(RunRow Run, Curve Raw, Curve Smooth);
