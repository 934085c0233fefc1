using System.CommandLine;
using System.Text;
using System.Text.Json.Nodes;
using Regimen.App.CommandLine;
using Regimen.App.Hosting;
using Regimen.App.Screen;
using Regimen.Charts;
using Regimen.Curves;
using Regimen.Files;
using Regimen.Imaging;
using Regimen.Listing;
using Regimen.Runs;

namespace Regimen.App.Commands;

/// <summary>The <c>regimen plot</c> command: draws curves of runs on the terminal, or as a PNG or SVG.</summary>
internal static class PlotCommand
{
    private const int JsonColumns = 1000;
    private const int PictureColumns = 1600;
    private static readonly string[] Axes = ["step", "epoch", "time"];

    public static Command Build(AppHost host)
    {
        var shared = new SharedOptions();
        Argument<string[]> names = new("run") { Description = $"The runs. {RunArguments.Words}", Arity = new ArgumentArity(1, 100), HelpName = "RUN…" };
        Option<string?> runs = RunArguments.RunsOption();
        Option<string?> curve = new("--curve") { Description = "The curves, separated by commas: val.loss, train.loss, lr, step.loss …; default: train.loss,val.loss.", HelpName = "a,b" };
        Option<string> axis = new("--x") { Description = "The horizontal axis: step, epoch, or time (of training).", DefaultValueFactory = _ => Axes[0], HelpName = "step|epoch|time" };
        Option<bool> log = new("--log") { Description = "Use a logarithmic vertical axis; values that are not positive are left out." };
        Option<double> smooth = new("--smooth") { Description = "The weight of an exponential moving average, from 0 to below 1, as TensorBoard's.", HelpName = "F" };
        Option<bool> mean = new("--mean") { Description = "Draw the mean of each curve over the runs, with its standard deviation in a picture." };
        Option<string?> output = new("--output") { Description = "Write a picture instead: FILE.png or FILE.svg.", HelpName = "FILE" };
        var command = new Command("plot", "Draw curves of runs: on the terminal, or as a PNG or SVG file.") { names, curve, axis, log, smooth, mean, output, runs };
        shared.AddTo(command);
        command.SetAction(shared.Action(host, parsed =>
        {
            string? file = parsed.GetValue(output);
            Problem[] problems = [.. Problems(parsed.GetValue(axis)!, parsed.GetValue(smooth), file)];
            if (problems.Length > 0)
            {
                throw new RequestException(problems);
            }

            var request = new PlotRequest
            {
                Runs = Find(host, parsed.GetValue(names)!, parsed.GetValue(runs)),
                Curves = [.. (parsed.GetValue(curve) ?? string.Empty).Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Distinct()],
                Axis = (CurveAxis)Array.IndexOf(Axes, parsed.GetValue(axis)!),
                Smooth = parsed.GetValue(smooth),
                IsMean = parsed.GetValue(mean),
                IsLog = parsed.GetValue(log),
            };
            IReadOnlyList<PlottedCurve> curves = request.Read();
            if (file is not null)
            {
                string path = Path.GetFullPath(file, host.WorkingDirectory);
                LineChart chart = request.Chart(request.Lines(curves, PictureColumns, withRaw: true));
                AtomicFile.WriteAllBytes(path, IsPng(file) ? ChartPicture.ToPng(chart) : Encoding.UTF8.GetBytes(chart.SvgFile()));
                if (!parsed.GetValue(shared.Json))
                {
                    Page.Of(host).Line($"wrote {path}");
                }
            }

            if (parsed.GetValue(shared.Json))
            {
                ProblemReport.WriteJson(host, Document(request, curves, file is null ? null : Path.GetFullPath(file, host.WorkingDirectory)));
            }
            else if (file is null)
            {
                PlotText.Write(host, request, curves);
            }

            return ExitCodes.Done;
        }));
        return command;
    }

    private static IEnumerable<Problem> Problems(string axis, double smooth, string? file)
    {
        if (!Axes.Contains(axis))
        {
            yield return new Problem("Unknown axis") { Where = "--x", Expected = $"one of {string.Join(", ", Axes)}", Received = axis, Hint = Spelling.DidYouMean(axis, Axes) };
        }

        if (smooth is not (>= 0 and < 1))
        {
            yield return new Problem("The weight is out of range") { Where = "--smooth", Expected = "at least 0 and below 1", Received = smooth.ToString(System.Globalization.CultureInfo.InvariantCulture) };
        }

        if (file is not null && !IsPng(file) && !file.EndsWith(".svg", StringComparison.OrdinalIgnoreCase))
        {
            yield return new Problem("The kind of picture is not known") { Where = "--output", Expected = "FILE.png or FILE.svg", Received = file };
        }
    }

    private static bool IsPng(string file) => file.EndsWith(".png", StringComparison.OrdinalIgnoreCase);

    private static RunRow[] Find(AppHost host, string[] names, string? runs)
    {
        RunFolder[] folders = [.. names.Select(n => RunLookup.Find(host, n, runs)).DistinctBy(f => f.FullPath)];
        var shortNames = new RunNames(folders.Select(f => RunNames.Of(f.FullPath)));
        return [.. folders.Select(f => RunList.ReadOne(f.FullPath)).Select(r => r with { ShortName = shortNames.Short(r.Name) })];
    }

    private static JsonObject Document(PlotRequest request, IReadOnlyList<PlottedCurve> curves, string? file) => new()
    {
        ["file"] = file,
        ["curves"] = new JsonArray([.. curves.Select(c => DownSampling.MinMaxLast(c.Smooth, JsonColumns) is var drawn ? new JsonObject
        {
            ["run"] = c.Run.Folder,
            ["curve"] = c.Raw.Name,
            ["points"] = c.Raw.Count,
            ["smooth"] = request.Smooth,
            ["step"] = new JsonArray([.. drawn.Points.Select(p => JsonValue.Create(p.Step))]),
            ["epoch"] = new JsonArray([.. drawn.Points.Select(p => ProblemReport.Number(p.Epoch))]),
            ["seconds"] = new JsonArray([.. drawn.Points.Select(p => ProblemReport.Number(p.Seconds))]),
            ["value"] = new JsonArray([.. drawn.Points.Select(p => ProblemReport.Number(p.Value))]),
        } : null)]),
    };
}
