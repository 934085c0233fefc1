using System.Globalization;
using Regimen.Runs;

namespace Regimen.Verification;

/// <summary>Compares the rows of metrics.jsonl in order with the passes of the repeated training, except for times.</summary>
internal sealed class RowComparison(RecordedRun run)
{
    private bool _ordered = true;

    /// <summary>The number of compared rows.</summary>
    public int Count { get; private set; } = run.Origin is { } origin ? MetricsFile.ReadPasses(origin.MetricsFile).Count : 0;

    /// <summary>Compares the next row with a pass.</summary>
    public IEnumerable<Problem> Next(Pass pass)
    {
        if (!_ordered)
        {
            // After a row out of place, every later row would differ too.
            yield break;
        }

        if (Count == run.Passes.Count)
        {
            // Only a run that has ended has recorded everything; a killed one has not.
            if (run.IsOver)
            {
                yield return new Problem($"metrics.jsonl has no row of {pass.At}, {pass.Split}") { Where = run.Folder.MetricsFile };
            }

            yield break;
        }

        Pass recorded = run.Passes[Count++];
        string where = $"{run.Folder.MetricsFile}({Count})";
        if ((recorded.At, recorded.Split) != (pass.At, pass.Split))
        {
            _ordered = false;
            yield return new Problem("The row contains another pass") { Where = where, Expected = $"{recorded.At}, {recorded.Split}", Received = $"{pass.At}, {pass.Split}" };
            yield break;
        }

        Dictionary<string, double> now = Values(pass);
        Dictionary<string, double> then = Values(recorded);
        // Earlier versions recorded all numbers that are not finite in the same way.
        foreach (string name in now.Keys.Union(then.Keys))
        {
            string expected = DisplayText(then, name);
            string received = DisplayText(now, name);
            bool unwritten = then.TryGetValue(name, out double recordedValue) && double.IsNaN(recordedValue) && now.TryGetValue(name, out double value) && !double.IsFinite(value);
            if (expected != received && !unwritten)
            {
                yield return new Problem($"{pass.At}, {pass.Split}: `{name}` differs") { Where = where, Expected = expected, Received = received };
            }
        }
    }

    /// <summary>Returns a problem if the record has more rows than the training.</summary>
    public IEnumerable<Problem> AtEnd()
    {
        if (_ordered && Count < run.Passes.Count)
        {
            yield return new Problem("The record has more rows of metrics than the training") { Where = run.Folder.MetricsFile, Expected = $"{Count} rows", Received = $"{run.Passes.Count}" };
        }
    }

    private static Dictionary<string, double> Values(Pass pass)
    {
        Dictionary<string, double> values = pass.Values.Append(new("samples", pass.Samples)).ToDictionary();
        if (pass.Lr is { } lr)
        {
            values["lr"] = lr;
        }

        return values;
    }

    private static string DisplayText(Dictionary<string, double> values, string name)
        => values.TryGetValue(name, out double value) ? value.ToString("R", CultureInfo.InvariantCulture) : "none";
}
