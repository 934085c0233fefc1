using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Regimen.App.CommandLine;
using Regimen.App.Hosting;
using Regimen.App.Screen;
using Regimen.Charts;
using Regimen.Experiments;
using Regimen.Files;
using Regimen.Imaging;
using Regimen.Tuning;

namespace Regimen.App.Commands;

/// <summary>The <c>regimen find lr</c> command: trains with a growing learning rate, draws the loss and suggests a rate.</summary>
internal static class FindLrCommand
{
    public static Command Build(AppHost host)
    {
        var shared = new SharedOptions();
        var config = new ConfigArguments();
        var range = new RateRange();
        Option<double> from = new("--from") { Description = "The first learning rate.", DefaultValueFactory = _ => range.From, HelpName = "LR" };
        Option<double> to = new("--to") { Description = "The last learning rate.", DefaultValueFactory = _ => range.To, HelpName = "LR" };
        Option<int> steps = new("--steps") { Description = "The number of steps, each with a learning rate of its own.", DefaultValueFactory = _ => range.Steps, HelpName = "N" };
        Option<string?> output = new("--output") { Description = "Write a picture of the curve: FILE.svg or FILE.png.", HelpName = "FILE" };
        var command = new Command("lr", "Train with a growing learning rate until the loss diverges, and suggest one: the range test.") { from, to, steps, output };
        config.AddTo(command);
        shared.AddTo(command);
        command.SetAction(shared.Action(host, parsed =>
        {
            var asked = new RateRange { From = parsed.GetValue(from), To = parsed.GetValue(to), Steps = parsed.GetValue(steps) };
            string? file = parsed.GetValue(output);
            string? path = file is null ? null : Path.GetFullPath(file, host.WorkingDirectory);
            if (Problems(asked, file, path).ToArray() is { Length: > 0 } problems)
            {
                throw new RequestException(problems);
            }

            Catalog.ComponentCatalog catalog = ConfigArguments.Catalog(host);
            using var experiment = Experiment.Prepare(config.Compose(host, parsed, catalog).Config, catalog);
            experiment.CheckSamples();
            RateCurve curve = RateRangeTest.Run(experiment, asked);
            if (path is not null)
            {
                LineChart chart = Chart(curve);
                AtomicFile.WriteAllBytes(path, IsPng(path) ? ChartPicture.ToPng(chart) : Encoding.UTF8.GetBytes(chart.SvgFile()));
            }

            if (parsed.GetValue(shared.Json))
            {
                ProblemReport.WriteJson(host, Document(experiment, curve, path));
            }
            else
            {
                Write(host, experiment, curve, path);
            }

            return ExitCodes.Done;
        }));
        return command;
    }

    /// <summary>Returns what is wrong with the options, each named as it is typed, before data is loaded.</summary>
    private static IEnumerable<Problem> Problems(RateRange range, string? file, string? path)
    {
        foreach (Problem problem in OptionsCheck.Of(range))
        {
            yield return problem with { Where = $"--{problem.Where?.Split('.')[^1].ToLowerInvariant()}" };
        }

        if (file is not null && !IsPng(file) && !file.EndsWith(".svg", StringComparison.OrdinalIgnoreCase))
        {
            yield return new Problem("The kind of picture is not known") { Where = "--output", Expected = "FILE.svg or FILE.png", Received = file };
        }
        else if (path is not null && (Directory.Exists(path) || !Directory.Exists(Path.GetDirectoryName(path))))
        {
            yield return new Problem("The picture can't be written there") { Where = "--output", Expected = "a file in a folder that exists", Received = path };
        }
    }

    private static bool IsPng(string file) => file.EndsWith(".png", StringComparison.OrdinalIgnoreCase);

    private static LineSeries[] Lines(RateCurve curve) =>
    [
        new("loss", curve.Rates, curve.Losses) { IsFaint = true, ColorNumber = 0 },
        new("smoothed loss", curve.Rates, curve.Smoothed) { ColorNumber = 0 },
    ];

    private static LineChart Chart(RateCurve curve)
    {
        double low = curve.Smoothed.Min();
        double high = curve.Smoothed.Max();

        // From the top down to the curve, where the point of the last value is.
        LineSeries[] mark = curve.Suggested is { } rate
            ? [new($"suggested {Number(rate)}", [rate, rate], [high, curve.Rates.Zip(curve.Smoothed).First(p => p.First == rate).Second]) { ColorNumber = 1, IsDashed = true }]
            : [];
        return new LineChart
        {
            Title = "Loss over the learning rate",
            X = new ChartAxis { Label = "learning rate", IsLog = true, IsTight = true },
            Y = new ChartAxis { Label = "loss", Max = Math.Min(high, low + (3 * Math.Max(curve.Smoothed[0] - low, low))) },
            Series = [.. Lines(curve), .. mark],
        };
    }

    private static JsonObject Document(Experiment experiment, RateCurve curve, string? file) => new()
    {
        ["suggested_lr"] = curve.Suggested,
        ["rule"] = "steepest descent of the smoothed loss",
        ["lowest_loss_lr"] = curve.LowestAt,
        ["diverged"] = curve.HasDiverged,
        ["seed"] = experiment.Config.Seed,
        ["steps"] = curve.Losses.Count,
        ["file"] = file,
        ["lr"] = new JsonArray([.. curve.Rates.Select(v => JsonValue.Create(v))]),
        ["loss"] = new JsonArray([.. curve.Losses.Select(v => ProblemReport.Number(v))]),
        ["smoothed"] = new JsonArray([.. curve.Smoothed.Select(v => ProblemReport.Number(v))]),
    };

    private static void Write(AppHost host, Experiment experiment, RateCurve curve, string? file)
    {
        Page page = Page.Of(host);
        string name = experiment.Config.Model.Name;
        page.Line($"{name}  {experiment.Config.Optimizer.Name}, batches of {experiment.Config.Loader.WholeBatchSize}, {curve.Losses.Count} of {curve.Range.Steps} steps, learning rates from {Number(curve.Range.From)} to {Number(curve.Rates[^1])}", name.Length, Page.HeadingStyle);
        PlotText.Write(host, [Lines(curve)[1]], new ChartAxis { Label = "learning rate", IsLog = true, IsTight = true }, isLog: false);
        page.Line();
        page.Line(curve.HasDiverged ? $"The loss diverged after {Number(curve.Rates[^1])}; it was lowest at {Number(curve.LowestAt)}." : $"The loss did not diverge; it was lowest at {Number(curve.LowestAt)}. A higher --to shows more.");
        page.Line(curve.Suggested is { } rate
            ? $"Suggested: optimizer.lr={Number(rate)}, where the smoothed loss falls most steeply"
            : "There is no suggestion: the smoothed loss never falls.");
        if (file is not null)
        {
            page.Line($"wrote {file}");
        }
    }

    private static string Number(double value) => value.ToString("G2", CultureInfo.InvariantCulture) is var text && text.Contains('E', StringComparison.Ordinal) ? value.ToString("0.#e0", CultureInfo.InvariantCulture) : text;
}
