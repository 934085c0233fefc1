using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using Regimen.Curves;
using Regimen.Listing;
using Regimen.Runs;

namespace Regimen.Exchange;

/// <summary>Writes runs with all their curves as text: CSV with a line for each point, or JSON Lines with a line for each run.</summary>
internal static class CurveExport
{
    private static readonly JsonWriterOptions Compact = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes <c>run,curve,step,epoch,seconds,value</c>; an unknown epoch or time is empty, values are written so that they are read back
    /// exactly.</summary>
    public static void WriteCsv(Stream file, IEnumerable<RunRow> runs)
    {
        using var text = new StreamWriter(file, leaveOpen: true) { NewLine = "\n" };
        text.WriteLine("run,curve,step,epoch,seconds,value");
        foreach (RunRow run in runs)
        {
            var curves = new CurveReader(run.Folder);
            foreach (string name in curves.Names)
            {
                string start = $"{Field(run.Name)},{Field(name)},";
                foreach (CurvePoint point in curves.Find(name)!.Points)
                {
                    text.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{start}{point.Step},{Known(point.Epoch)},{Known(point.Seconds)},{point.Value:R}"));
                }
            }
        }
    }

    /// <summary>Writes for each run its name, status, seed, config, final values, tags, note and curves. Numbers that are not finite are the strings
    /// of metrics.jsonl.</summary>
    public static void WriteJsonLines(Stream file, IEnumerable<RunRow> runs)
    {
        foreach (RunRow run in runs)
        {
            using (var json = new Utf8JsonWriter(file, Compact))
            {
                Write(json, run);
            }

            file.WriteByte((byte)'\n');
        }
    }

    private static void Write(Utf8JsonWriter json, RunRow run)
    {
        json.WriteStartObject();
        json.WriteString("name", run.Name);
        json.WriteString("status", run.Status);
        json.WriteString("model", run.Model);
        json.WriteString("data", run.Data);
        if (run.Seed is { } seed)
        {
            json.WriteNumber("seed", seed);
        }

        json.WriteString("started", run.Started?.ToString("O", CultureInfo.InvariantCulture));
        json.WriteStartArray("tags");
        foreach (string tag in run.Tags)
        {
            json.WriteStringValue(tag);
        }

        json.WriteEndArray();
        json.WriteString("note", run.Note);
        json.WriteStartObject("config");
        foreach (string key in run.Config.Keys.Distinct())
        {
            json.WritePropertyName(key);
            json.WriteRawValue(run.Config[key]!);
        }

        json.WriteEndObject();
        json.WriteStartObject("values");
        foreach ((string key, double? value) in run.Values)
        {
            json.WritePropertyName(key);
            Number(json, value ?? double.NaN);
        }

        json.WriteEndObject();
        json.WriteStartObject("curves");
        var curves = new CurveReader(run.Folder);
        foreach (string name in curves.Names)
        {
            WriteCurve(json, curves.Find(name)!);
        }

        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteCurve(Utf8JsonWriter json, Curve curve)
    {
        json.WriteStartObject(curve.Name);
        foreach ((string name, Func<CurvePoint, double> of) in (ReadOnlySpan<(string, Func<CurvePoint, double>)>)[("epoch", p => p.Epoch), ("seconds", p => p.Seconds), ("value", p => p.Value)])
        {
            json.WriteStartArray(name);
            foreach (CurvePoint point in curve.Points)
            {
                Number(json, of(point));
            }

            json.WriteEndArray();
        }

        json.WriteStartArray("step");
        foreach (CurvePoint point in curve.Points)
        {
            json.WriteNumberValue(point.Step);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Number(Utf8JsonWriter json, double value)
    {
        if (double.IsFinite(value))
        {
            json.WriteNumberValue(value);
        }
        else
        {
            RecordedNumber.Write(value).WriteTo(json);
        }
    }

    private static string Known(double value) => double.IsNaN(value) ? string.Empty : value.ToString("R", CultureInfo.InvariantCulture);

    private static string Field(string text) => text.AsSpan().IndexOfAny(",\"\r\n") < 0 ? text : $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}
