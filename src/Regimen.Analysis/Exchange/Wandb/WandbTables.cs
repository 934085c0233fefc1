using System.Globalization;
using System.Text.Encodings.Web;
using Regimen.Runs;

namespace Regimen.Exchange;

/// <summary>Reads the kinds of CSV files of Weights and Biases.</summary>
internal static class WandbTables
{
    private const string Bounds = "__";

    /// <summary>Reads the history of a run; its name is that of the file. Rows of the same step are one step.</summary>
    public static ImportedRun History(string path, IReadOnlyList<string> header, IReadOnlyList<string[]> rows, int step, DateTimeOffset now)
    {
        int runtime = header.ToList().FindIndex(h => h is "_runtime" or "Runtime" or "Relative Time (Process)");
        int timestamp = header.ToList().IndexOf("_timestamp");
        var series = new OrderedDictionary<(string, string), List<(long, double, double)>>();
        var notes = new List<string>();
        double[] times = [.. rows.Select(r => Field(r, timestamp)).OfType<double>().Where(t => t is > 0 and < 1e11)];
        double first = times.DefaultIfEmpty(double.NaN).Min();
        int left = 0;
        IReadOnlyDictionary<string, (string, string)> names = SeriesNames.FromTags(header);
        foreach (string[] row in rows)
        {
            if (Field(row, step) is not { } at || at is not (>= 0 and <= long.MaxValue / 2) || !double.IsInteger(at))
            {
                left++;
                continue;
            }

            double seconds = Field(row, runtime) ?? (Field(row, timestamp) - first) ?? double.NaN;
            for (int i = 0; i < header.Count; i++)
            {
                if (i != step && i != runtime && i != timestamp && header[i].Length > 0 && header[i] is not ("_timestamp" or "_runtime" or "_step" or "Unnamed: 0") && Field(row, i) is { } value)
                {
                    (string, string) name = names[header[i]];
                    if (!series.TryGetValue(name, out List<(long, double, double)>? points))
                    {
                        series.Add(name, points = []);
                    }

                    points.Add(((long)at, seconds, value));
                }
            }
        }

        if (left > 0)
        {
            notes.Add($"{path}: {left} row(s) have no step and are left out");
        }

        return new ImportedRun
        {
            Name = Path.GetFileNameWithoutExtension(path),
            Source = path,
            Started = double.IsNaN(first) ? now : DateTimeOffset.UnixEpoch.AddSeconds(first),
            Series = Ordered(series),
            Notes = notes,
        };
    }

    /// <summary>Reads the data of a chart: a column for each run, <c>RUN - VALUE</c>; columns of least and greatest values are left out.</summary>
    public static IReadOnlyList<ImportedRun> Chart(string path, IReadOnlyList<string> header, IReadOnlyList<string[]> rows, int step, DateTimeOffset now)
    {
        var runs = new OrderedDictionary<string, OrderedDictionary<(string, string), List<(long, double, double)>>>();
        for (int i = 0; i < header.Count; i++)
        {
            int at = header[i].LastIndexOf(" - ", StringComparison.Ordinal);
            if (i == step || at <= 0 || header[i].AsSpan(at).Contains(Bounds, StringComparison.Ordinal))
            {
                continue;
            }

            (string run, string value) = (header[i][..at], header[i][(at + 3)..]);
            if (!runs.TryGetValue(run, out OrderedDictionary<(string, string), List<(long, double, double)>>? series))
            {
                runs.Add(run, series = []);
            }

            int column = i;
            series[SeriesNames.FromTag(value)] = [.. rows.Select(r => (Step: Field(r, step), Value: Field(r, column)))
                .Where(r => r is { Step: >= 0 and <= long.MaxValue / 2, Value: not null } && double.IsInteger(r.Step.Value))
                .Select(r => ((long)r.Step!.Value, double.NaN, r.Value!.Value))];
        }

        return [.. runs.Select(r => new ImportedRun { Name = r.Key, Source = path, Started = now, Series = Ordered(r.Value) })];
    }

    /// <summary>Reads the table of runs.</summary>
    public static IReadOnlyList<ImportedRun> Runs(string path, IReadOnlyList<string> header, IReadOnlyList<string[]> rows, IReadOnlySet<string> administrative, DateTimeOffset now)
        => [.. rows.Select(r => Run(path, header, r, administrative, now)).OfType<ImportedRun>()
            .GroupBy(r => r.Name).SelectMany(g => g.Select((r, i) => i == 0 ? r : r with { Name = $"{r.Name}-{i + 1}" }))];

    private static ImportedRun? Run(string path, IReadOnlyList<string> header, string[] row, IReadOnlySet<string> administrative, DateTimeOffset now)
    {
        string name = Text(header, row, "Name");
        if (name.Length == 0)
        {
            return null;
        }

        var config = new Dictionary<string, string>();
        var finals = new OrderedDictionary<(string, string), double>();
        for (int i = 0; i < Math.Min(header.Count, row.Length); i++)
        {
            if (row[i].Length == 0 || header[i].Length == 0 || administrative.Contains(header[i]) || header[i].Any(char.IsControl))
            {
                continue;
            }

            (string Split, string Metric) key = SeriesNames.FromTag(header[i]);
            if (key.Split is "train" or "val" or "test" && key.Metric != "lr" && WandbImport.Number(row[i]) is { } value)
            {
                finals[key] = value;
            }
            else if (header[i][0] != '_')
            {
                config[header[i]] = WandbImport.Number(row[i]) is { } number && double.IsFinite(number)
                    ? number.ToString("R", CultureInfo.InvariantCulture)
                    : row[i] is "true" or "false" ? row[i] : $"\"{JavaScriptEncoder.UnsafeRelaxedJsonEscaping.Encode(row[i])}\"";
            }
        }

        return new ImportedRun
        {
            Name = name,
            Source = path,
            Started = DateTimeOffset.TryParse(Text(header, row, "Created"), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset created) ? created : now,
            Config = config,
            Finals = finals,
            Tags = [.. Text(header, row, "Tags").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(t => t.Replace(' ', '-'))],
            Note = Text(header, row, "Notes") is "-" ? string.Empty : Text(header, row, "Notes"),
            Status = Text(header, row, "State").ToLowerInvariant() switch
            {
                "failed" => RunStatus.Failed,
                "crashed" or "killed" => RunStatus.Interrupted,
                _ => RunStatus.Finished,
            },
        };
    }

    private static OrderedDictionary<(string, string), IReadOnlyList<(long, double, double)>> Ordered(OrderedDictionary<(string, string), List<(long Step, double Seconds, double Value)>> series)
    {
        var ordered = new OrderedDictionary<(string, string), IReadOnlyList<(long, double, double)>>();
        foreach (((string, string) name, List<(long Step, double Seconds, double Value)> points) in series)
        {
            ordered.Add(name, [.. points.OrderBy(p => p.Step)]);
        }

        return ordered;
    }

    private static double? Field(string[] row, int column) => column >= 0 && column < row.Length ? WandbImport.Number(row[column]) : null;

    private static string Text(IReadOnlyList<string> header, string[] row, string name)
        => header.ToList().FindIndex(h => h.Equals(name, StringComparison.OrdinalIgnoreCase)) is var at and >= 0 && at < row.Length ? row[at].Trim() : string.Empty;
}
