using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Regimen.Curves;
using Regimen.Files;
using Regimen.Listing;

namespace Regimen.Exchange;

/// <summary>Writes runs as TensorBoard's event files, a folder for each run: every curve as float32, as TensorBoard has it, and the config as
/// hyperparameters.</summary>
internal static class TensorBoardExport
{
    /// <summary>Writes a run's events into a folder, which is created.</summary>
    /// <exception cref="WorkFailedException">It can't be written.</exception>
    public static void Write(RunRow run, string folder)
    {
        var curves = new CurveReader(run.Folder);
        double start = (run.Started ?? DateTimeOffset.UnixEpoch).ToUnixTimeMilliseconds() / 1000.0;
        string path = Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"events.out.tfevents.{(long)start:0000000000}.regimen"));
        OutputFile.Guard(path, () =>
        {
            Directory.CreateDirectory(folder);
            using var file = new BufferedStream(new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.None), 1 << 16);
            RecordFile.Write(file, new WireWriter().Double(1, start).Text(3, "brain.Event:2").Message);
            if (run.Config.Keys.Count > 0)
            {
                RecordFile.Write(file, Hyperparameters(run, start).Message);
            }

            foreach (string name in curves.Names)
            {
                Write(file, SeriesNames.ToTag(name), curves.Find(name)!, start);
            }
        });
    }

    private static void Write(BufferedStream file, string tag, Curve curve, double start)
    {
        foreach (CurvePoint point in curve.Points)
        {
            WireWriter value = new WireWriter().Text(1, tag).Single(2, (float)point.Value);
            WireWriter summary = new WireWriter().Inner(1, value);
            double time = double.IsFinite(point.Seconds) ? start + point.Seconds : start;
            RecordFile.Write(file, new WireWriter().Double(1, time).Varint(2, (ulong)point.Step).Inner(5, summary).Message);
        }
    }

    /// <summary>Returns the event of the plugin hparams that begins a session.</summary>
    private static WireWriter Hyperparameters(RunRow run, double start)
    {
        var session = new WireWriter();
        foreach (string key in run.Config.Keys.Distinct())
        {
            session.Inner(1, new WireWriter().Text(1, key).Inner(2, Value(run.Config[key]!)));
        }

        session.Text(4, run.Name).Double(5, start);
        WireWriter content = new WireWriter().Inner(3, session);
        WireWriter metadata = new WireWriter().Inner(1, new WireWriter().Text(1, "hparams").Inner(2, content));
        WireWriter value = new WireWriter().Text(1, "_hparams_/session_start_info").Inner(9, metadata);
        return new WireWriter().Double(1, start).Inner(5, new WireWriter().Inner(1, value));
    }

    private static WireWriter Value(string json)
    {
        JsonNode? node = JsonNode.Parse(json);
        return node?.GetValueKind() switch
        {
            JsonValueKind.Number => new WireWriter().Double(2, node.GetValue<double>()),
            JsonValueKind.String => new WireWriter().Text(3, node.GetValue<string>()),
            JsonValueKind.True => new WireWriter().Varint(4, 1),
            JsonValueKind.False => new WireWriter().Varint(4, 0),
            _ => new WireWriter().Text(3, json),
        };
    }
}
