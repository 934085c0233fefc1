using Regimen.Listing;

namespace Regimen.App.Commands;

/// <summary>Writes runs as CSV (RFC 4180): the chosen columns, or every field, final value and config key.</summary>
internal static class RunCsv
{
    private static readonly string[] DefaultFields =
        ["name", "status", "model", "data", "seed", "started", "epochs", "steps", "seconds", "parameters", "monitor", "best", "best_epoch", "tag", "note", "sweep", "trial"];

    public static void Write(TextWriter output, IReadOnlyList<RunRow> rows, IReadOnlyList<RunKey>? columns)
    {
        string[] names = columns is not null
            ? [.. columns.Select(c => c.Name)]
            : [.. DefaultFields, .. rows.SelectMany(r => r.Values.Keys).Distinct(), .. rows.Select(r => r.Config.Keys).Distinct().SelectMany(k => k).Distinct().Except(RunKey.FieldNames)];
        RunKey[] keys = [.. columns ?? names.Select(n => RunKey.Find(n, rows, "--csv"))];
        output.WriteLine(Line(names));
        foreach (RunRow row in rows)
        {
            output.WriteLine(Line(keys.Select(k => k.Of(row).Text ?? string.Empty)));
        }
    }

    /// <summary>Joins fields; one with a comma, a quote or a line break is quoted.</summary>
    public static string Line(IEnumerable<string> fields)
        => string.Join(',', fields.Select(f => f.AsSpan().IndexOfAny(",\"\r\n") < 0 ? f : $"\"{f.Replace("\"", "\"\"", StringComparison.Ordinal)}\""));
}
