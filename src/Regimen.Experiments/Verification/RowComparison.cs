using System.Globalization;
using Regimen.Runs;

namespace Regimen.Verification;

/// <summary>Compares the rows of metrics.jsonl, in their order, with the passes of a run that is trained again: everything but times.</summary>
internal sealed class RowComparison(RecordedRun run)
{
    private bool _ordered = true;

    /// <summary>Rows that were compared.</summary>
    public int Count { get; private set; }

    /// <summary>Compares the next row with a pass.</summary>
    public IEnumerable<Problem> Next(Pass pass)
    {
        if (!_ordered)
        {
            // Where one row is out of place every later one would be told, too.
            yield break;
        }

        if (Count == run.Passes.Count)
        {
            // A run that was killed has not recorded everything; one that ended has.
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
            yield return new Problem("Another pass stands in this row") { Where = where, Expected = $"{recorded.At}, {recorded.Split}", Received = $"{pass.At}, {pass.Split}" };
            yield break;
        }

        Dictionary<string, double> now = Values(pass);
        Dictionary<string, double> then = Values(recorded);
        // Earlier versions recorded every number that is not finite alike.
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

    /// <summary>Rows that stand behind those of a run that has ended.</summary>
    public IEnumerable<Problem> AtEnd()
    {
        if (_ordered && Count < run.Passes.Count)
        {
            yield return new Problem("The record has rows of metrics that training does not give") { Where = run.Folder.MetricsFile, Expected = $"{Count} rows", Received = $"{run.Passes.Count}" };
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
