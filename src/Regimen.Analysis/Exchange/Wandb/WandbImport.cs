using System.Globalization;

namespace Regimen.Exchange;

/// <summary>Reads runs from the CSV files that Weights and Biases exports.</summary>
/// <remarks>
/// Three kinds are known by their headers:
/// <list type="bullet">
/// <item>the history of a run (<c>run.history().to_csv()</c>): a column <c>_step</c> or <c>step</c>, and a column for each value;</item>
/// <item>the data of a chart: <c>Step</c>, and a column <c>RUN - VALUE</c> for each run;</item>
/// <item>the table of runs: a column <c>Name</c>, and a row for each run. A column whose name has a split (<c>val_loss</c>, <c>test/accuracy</c>) is a
/// final value, every other column a hyperparameter.</item>
/// </list>
/// A run of a table and a history with the same name become one run.
/// </remarks>
internal static class WandbImport
{
    /// <summary>The name of the tracker.</summary>
    public const string Tracker = "wandb-csv";

    private const string ChartSeparator = " - ";

    /// <summary>Columns of a table of runs that are neither hyperparameters nor values.</summary>
    private static readonly HashSet<string> Administrative = new(StringComparer.OrdinalIgnoreCase) { "Name", "State", "Notes", "User", "Tags", "Created", "Runtime", "Sweep", "ID", "Group", "Job Type", "Updated", "End Time", "Hostname" };

    private static readonly string[] StepColumns = ["_step", "step", "Step", "global_step", "trainer/global_step"];

    /// <summary>Reads the runs of a file, or of all CSV files in a folder.</summary>
    /// <param name="path">The file or the folder.</param>
    /// <param name="now">The start of runs whose files have no time.</param>
    /// <exception cref="RequestException">There is no such path, or a file is of no known kind; all problems at once.</exception>
    public static IReadOnlyList<ImportedRun> Read(string path, DateTimeOffset now)
    {
        string[] files = Directory.Exists(path) ? [.. Directory.GetFiles(path, "*.csv").Order(StringComparer.Ordinal)] : [path];
        if (files.Length == 0)
        {
            throw new RequestException(new Problem("The folder has no CSV file") { Where = path, Expected = "CSV files that were exported from Weights and Biases" });
        }

        var problems = new List<Problem>();
        var runs = new OrderedDictionary<string, ImportedRun>();
        foreach (string file in files)
        {
            try
            {
                foreach (ImportedRun run in ReadFile(Path.GetFullPath(file), now))
                {
                    runs[run.Name] = runs.TryGetValue(run.Name, out ImportedRun? other) ? Merge(other, run) : run;
                }
            }
            catch (RequestException exception)
            {
                problems.AddRange(exception.Problems);
            }
        }

        return problems.Count > 0 ? throw new RequestException(problems) : [.. runs.Values];
    }

    private static IReadOnlyList<ImportedRun> ReadFile(string path, DateTimeOffset now)
    {
        (IReadOnlyList<string> header, IReadOnlyList<string[]> rows) = DelimitedText.Read(path);
        if (header.Count != header.Distinct().Count())
        {
            throw new RequestException(new Problem("The file has a column twice") { Where = path, Received = header.GroupBy(h => h).First(g => g.Count() > 1).Key });
        }

        int step = StepColumns.Select(s => header.ToList().IndexOf(s)).FirstOrDefault(at => at >= 0, -1);
        return step >= 0 && header.Any(h => h.Contains(ChartSeparator, StringComparison.Ordinal)) ? WandbTables.Chart(path, header, rows, step, now)
            : step >= 0 ? [WandbTables.History(path, header, rows, step, now)]
            : header.Contains("Name", StringComparer.OrdinalIgnoreCase) ? WandbTables.Runs(path, header, rows, Administrative, now)
            : throw new RequestException(new Problem("The file is none of the CSV files that can be imported")
            {
                Where = path,
                Expected = "the history of a run (a column _step or step), the data of a chart (Step, and RUN - VALUE), or the table of runs (a column Name)",
                Received = $"the columns {string.Join(", ", header.Take(8))}{(header.Count > 8 ? ", …" : string.Empty)}",
            });
    }

    private static ImportedRun Merge(ImportedRun a, ImportedRun b)
    {
        var series = new OrderedDictionary<(string, string), IReadOnlyList<(long, double, double)>>();
        foreach (var one in a.Series.Concat(b.Series))
        {
            series[one.Key] = one.Value;
        }

        // The table of runs has config, tags and state; the other files have curves.
        ImportedRun table = a.Config.Count > 0 ? a : b;
        return table with { Series = series, Started = a.Started < b.Started ? a.Started : b.Started, Notes = [.. a.Notes, .. b.Notes] };
    }

    /// <summary>Reads a number of a CSV file; null for an empty or another field.</summary>
    public static double? Number(string field) => field.Trim() switch
    {
        "" => null,
        "NaN" or "nan" => double.NaN,
        "Infinity" or "inf" => double.PositiveInfinity,
        "-Infinity" or "-inf" => double.NegativeInfinity,
        var text => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) ? number : null,
    };
}
