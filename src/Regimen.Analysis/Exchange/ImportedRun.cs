using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json.Nodes;
using Regimen.Files;
using Regimen.Runs;

namespace Regimen.Exchange;

/// <summary>A run of another tracker, and how it becomes a run folder.</summary>
internal sealed record ImportedRun
{
    private const string Unknown = "unknown";

    /// <summary>The name of the run.</summary>
    public required string Name { get; init; }

    /// <summary>The path of what was imported.</summary>
    public required string Source { get; init; }

    /// <summary>The start (UTC).</summary>
    public required DateTimeOffset Started { get; init; }

    /// <summary>The series by split and metric: step, seconds since the start, value; in the order in which they were recorded.</summary>
    public OrderedDictionary<(string Split, string Metric), IReadOnlyList<(long Step, double Seconds, double Value)>> Series { get; init; } = [];

    /// <summary>Final values that no series has, by split and metric.</summary>
    public OrderedDictionary<(string Split, string Metric), double> Finals { get; init; } = [];

    /// <summary>The hyperparameters as JSON texts.</summary>
    public IReadOnlyDictionary<string, string> Config { get; init; } = new Dictionary<string, string>();

    /// <summary>The tags; those that are not valid are left out.</summary>
    public IReadOnlyList<string> Tags { get; init; } = [];

    /// <summary>The note.</summary>
    public string Note { get; init; } = string.Empty;

    /// <summary>The status, if it is not finished.</summary>
    public RunStatus Status { get; init; } = RunStatus.Finished;

    /// <summary>What could not be imported.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>Writes the run folder. It gets its name when it is complete.</summary>
    /// <param name="root">The folder of all runs; created if it does not exist.</param>
    /// <param name="from">The tracker.</param>
    /// <param name="time">The time provider.</param>
    /// <returns>The folder, or null if this source was already imported under this name.</returns>
    /// <exception cref="WorkFailedException">It can't be written.</exception>
    public string? Write(string root, string from, TimeProvider time)
    {
        string name = $"{Started.UtcDateTime.ToString("yyyy-MM-dd_HH-mm-ss", CultureInfo.InvariantCulture)}_{FolderName(Name)}";
        string folder = Path.Combine(root, name);
        for (int n = 2; Path.Exists(folder); n++)
        {
            if (IsSame(folder))
            {
                return null;
            }

            folder = Path.Combine(root, $"{name}-{n}");
        }

        return OutputFile.Guard(folder, () =>
        {
            string making = Path.Combine(root, $".importing-{Path.GetFileName(folder)}");
            if (Directory.Exists(making))
            {
                Directory.Delete(making, recursive: true);
            }

            Directory.CreateDirectory(making);
            WriteFiles(making, from, time.GetUtcNow());
            Directory.Move(making, folder);
            return folder;
        });
    }

    /// <summary>Returns a name without characters that a folder's name or a command line makes difficult.</summary>
    private static string FolderName(string name)
    {
        string plain = string.Concat(name.Select(c => char.IsLetterOrDigit(c) || c is '-' or '_' or '.' or '=' or ',' ? c : '-')).Trim('-', '.');
        return plain.Length == 0 ? "imported" : plain[..Math.Min(plain.Length, 100)];
    }

    private bool IsSame(string folder)
    {
        try
        {
            return RunManifest.Read(Path.Combine(folder, "run.json")).Imported?.Source == Source;
        }
        catch (RequestException)
        {
            return false;
        }
    }

    private void WriteFiles(string folder, string from, DateTimeOffset now)
    {
        bool hasSteps = Series.TryGetValue((SeriesNames.Step, "loss"), out IReadOnlyList<(long Step, double Seconds, double Value)>? steps) && IsEveryStep(steps);
        if (hasSteps)
        {
            float[] losses = [.. steps!.Select(s => (float)s.Value)];
            File.WriteAllBytes(Path.Combine(folder, "steps.f32"), MemoryMarshal.AsBytes<float>(losses));
        }

        using (var metrics = new StreamWriter(Path.Combine(folder, "metrics.jsonl"), append: false, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false)) { NewLine = "\n" })
        {
            foreach (JsonObject row in Rows(hasSteps))
            {
                metrics.WriteLine(row.ToJsonString());
            }
        }

        File.WriteAllText(
            Path.Combine(folder, "config.yaml"),
            $"# The hyperparameters of a run that was imported from {from}. It can't be trained from them.\n{string.Concat(Config.Select(c => $"{JsonValue.Create(c.Key)!.ToJsonString()}: {c.Value}\n"))}");
        RunLabels labels = new() { Tags = [.. Tags.Where(t => RunLabels.ProblemOf(t) is null).Distinct().Take(RunLabels.MostTags)], Note = Note[..Math.Min(Note.Length, RunLabels.LongestNote)] };
        if (labels.Tags.Count > 0 || labels.Note.Length > 0)
        {
            labels.Write(folder);
        }

        Manifest(from, now).Write(Path.Combine(folder, "run.json"));
    }

    private RunManifest Manifest(string from, DateTimeOffset now)
    {
        double seconds = Series.Values.SelectMany(s => s).Select(p => p.Seconds).Where(double.IsFinite).DefaultIfEmpty().Max();
        return new()
        {
            Status = Status,
            Reason = $"imported from {from}",
            Started = Started,
            Ended = Started.AddSeconds(Math.Clamp(seconds, 0, 1e9)),
            Seconds = seconds,
            Seed = 0,
            Threads = 0,
            Device = Unknown,
            Model = Text("model", "model.name", "model_name", "architecture") ?? Unknown,
            Data = Text("data", "data.name", "dataset", "dataset_name") ?? Unknown,
            DataFingerprint = null,
            Parameters = 0,
            Versions = new RunVersions(Unknown, Unknown, Unknown, Unknown, Unknown, Unknown, Unknown),
            Steps = Series.Values.SelectMany(s => s).Select(p => p.Step).DefaultIfEmpty().Max(),
            Imported = new RunImport(from, Source, now),
            Val = Values("val"),
            Test = Values("test"),
        };
    }

    private string? Text(params ReadOnlySpan<string> keys)
    {
        foreach (string key in keys)
        {
            if (Config.TryGetValue(key, out string? json) && json is ['"', _, ..] && JsonNode.Parse(json)!.GetValue<string>() is { Length: > 0 and <= 100 } text)
            {
                return text;
            }
        }

        return null;
    }

    private Dictionary<string, double?>? Values(string split)
    {
        var values = Series.Where(s => s.Key.Split == split && s.Value.Count > 0).Select(s => (s.Key.Metric, s.Value.MaxBy(p => p.Step).Value))
            .Concat(Finals.Where(f => f.Key.Split == split && !Series.ContainsKey(f.Key)).Select(f => (f.Key.Metric, f.Value)))
            .ToDictionary(v => v.Metric, v => double.IsFinite(v.Value) ? v.Value : (double?)null);
        return values.Count == 0 ? null : values;
    }

    /// <summary>Returns a row for each step and split; a value that was recorded twice at a step has a second row.</summary>
    private IEnumerable<JsonObject> Rows(bool withoutSteps)
    {
        var rows = Series.Where(s => !(withoutSteps && s.Key is (SeriesNames.Step, "loss")))
            .SelectMany(s => s.Value.GroupBy(p => p.Step).SelectMany(g => g.Select((p, i) => (p.Step, s.Key.Split, Copy: i, p.Seconds, s.Key.Metric, p.Value))))
            .GroupBy(p => (p.Step, p.Copy, p.Split))
            .OrderBy(g => g.Key.Step).ThenBy(g => g.Key.Copy);
        foreach (var row in rows)
        {
            var json = new JsonObject { ["epoch"] = 0, ["step"] = row.Key.Step, ["split"] = row.Key.Split };
            foreach (var value in row)
            {
                json[value.Metric] = RecordedNumber.Write(value.Value);
            }

            double elapsed = row.Max(p => p.Seconds);
            (json["samples"], json["seconds"]) = (0, 0);
            if (double.IsFinite(elapsed))
            {
                json["elapsed"] = elapsed;
            }

            yield return json;
        }
    }

    /// <summary>Whether the steps are 1, 2, 3 … and the values floats, as in steps.f32.</summary>
    private static bool IsEveryStep(IReadOnlyList<(long Step, double Seconds, double Value)> steps)
        => steps.Count > 0 && steps.Select((s, i) => s.Step == i + 1 && ((double)(float)s.Value).Equals(s.Value)).All(isNext => isNext);
}
