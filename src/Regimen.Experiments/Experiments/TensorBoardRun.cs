using System.Globalization;
using System.Text.Json.Nodes;
using Regimen.Configuration;
using Regimen.Findings;
using Regimen.Listing;
using Regimen.Reports;
using Regimen.Runs;
using Regimen.Tracking;

namespace Regimen.Experiments;

/// <summary>What an experiment shows in TensorBoard: its config, keys and samples at the start, what its test found at the end.</summary>
internal static class TensorBoardRun
{
    private const int Samples = 16;
    private const int ConfusionSide = 240;
    private const int MostClasses = 1000;
    private const int NamedClasses = 100;

    /// <summary>Returns what the file of an experiment's run holds.</summary>
    public static TensorBoardContent Of(Experiment experiment)
    {
        string[] names = ["loss", .. experiment.MetricNames];
        string[] splits = [.. experiment.Data.Parts.Where(p => p.Name is Pass.Validation or Pass.Test && p.Data.Count > 0).Select(p => p.Name)];
        return new()
        {
            Config = experiment.Config.ToYaml(),
            Keys = ConfigDifference.Flat(experiment.Config.ToJson(), string.Empty)
                .Where(k => !NeutralKeys.Has(k.Key))
                .ToDictionary(k => k.Key, k => JsonNode.Parse(k.Value)),
            Results = [.. splits.SelectMany(s => names.Select(n => $"{s}.{n}"))],
            Samples = experiment.Data.Train.Fields.Any(SamplePictures.IsImage) ? () => Draw(experiment) : null,
            Histograms = experiment.Config.TensorBoard.Histograms,
        };
    }

    /// <summary>Shows the mistakes and the confusion matrix of a run's findings.</summary>
    public static void Show(TensorBoardObserver board, RunFindings findings, long at)
    {
        (FoundSample Sample, string Caption)[] mistakes = [.. Mistakes(findings)];
        board.Show(
            at,
            TensorBoardTags.Mistakes,
            [.. mistakes.Select(m => m.Sample.Picture).OfType<FoundPicture>().Select(Decode)],
            string.Join('\n', mistakes.Select((m, i) => string.Create(CultureInfo.InvariantCulture, $"{i + 1}. sample {m.Sample.Index}: {m.Caption}"))));
        if (findings is { Classification: { } found, Classes.Count: > 1 and <= MostClasses })
        {
            board.Show(at, TensorBoardTags.Confusion, [Confusion(found.Confusion, findings.Classes.Count)], Legend(findings.Classes));
        }
    }

    private static IReadOnlyList<TensorBoardPicture> Draw(Experiment experiment)
    {
        int count = experiment.Data.Train.Count;
        int shown = Math.Min(Samples, count);
        return [.. new SampleReader(experiment.Data.Train, encoder: null)
            .Read([.. Enumerable.Range(0, shown).Select(i => (int)((long)i * count / shown))])
            .Select(s => s.Picture).OfType<FoundPicture>().Select(Decode)];
    }

    private static IEnumerable<(FoundSample, string)> Mistakes(RunFindings findings)
    {
        string Class(int? index) => index is { } i ? Code(findings.Classes[i]) : "nothing";
        string Number(double value) => value.ToString("0.000", CultureInfo.InvariantCulture);
        return
        [
            .. findings.Classification?.Mistakes.Select(m => (m.Sample, $"is {Class(m.True)}, predicted {Class(m.Predicted)} ({Number(m.Confidence)})")) ?? [],
            .. findings.Labels?.Mistakes.Select(m => (m.Sample, $"missed {List(m.Missed)}; added {List(m.Added)}")) ?? [],
        ];

        string List(IReadOnlyList<FoundLabel> labels) => labels.Count == 0 ? "nothing" : string.Join(", ", labels.Select(l => $"{Code(l.Name)} ({Number(l.Probability)})"));
    }

    /// <summary>Draws a matrix of the parts of each true class (a row) by predicted class (a column), from white for 0 to dark blue for 1.</summary>
    private static TensorBoardPicture Confusion(IReadOnlyList<IReadOnlyList<long>> cells, int classes)
    {
        int size = Math.Max(1, ConfusionSide / classes);
        int side = size * classes;
        var totals = new long[classes];
        var counts = new long[classes, classes];
        foreach (IReadOnlyList<long> cell in cells)
        {
            counts[cell[0], cell[1]] = cell[2];
            totals[cell[0]] += cell[2];
        }

        var pixels = new byte[3 * side * side];
        for (int i = 0; i < side * side; i++)
        {
            (int row, int column) = (i / side / size, i % side / size);
            double part = totals[row] == 0 ? 0 : (double)counts[row, column] / totals[row];
            pixels[3 * i] = Shade(255, 8);
            pixels[(3 * i) + 1] = Shade(255, 48);
            pixels[(3 * i) + 2] = Shade(255, 107);

            // The root shows rare confusions, which matter here.
            byte Shade(int light, int dark) => (byte)Math.Round(light + ((dark - light) * Math.Sqrt(part)));
        }

        return new(side, side, PngFile.Write(side, side, 3, pixels));
    }

    private static string Legend(IReadOnlyList<string> classes)
        => "A row for each true class, a column for each predicted class; the darker, the larger the part of the row (square root). "
            + $"Classes in order: {string.Join(", ", classes.Take(NamedClasses).Select(Code))}{(classes.Count > NamedClasses ? ", …" : "")}.";

    /// <summary>A name as Markdown code, so that nothing in it is markup.</summary>
    private static string Code(string name) => $"`{name.Replace('`', '\'').ReplaceLineEndings(" ")}`";

    private static TensorBoardPicture Decode(FoundPicture picture) => new(picture.Width, picture.Height, Convert.FromBase64String(picture.Png));
}
