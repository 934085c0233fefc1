using System.Text.Json;
using System.Text.Json.Nodes;
using Regimen.Files;

namespace Regimen.Profiling;

/// <summary>Writes a profile in the Trace Event Format, which chrome://tracing and Perfetto open: a JSON object with <c>traceEvents</c>, times in
/// microseconds.</summary>
internal static class TraceFile
{
    private const int Process = 1;
    private const int StepTrack = 1;
    private const int WorkTrack = 2;

    /// <summary>Writes the file; it replaces one of the same name.</summary>
    /// <exception cref="WorkFailedException">It can't be written.</exception>
    public static void Write(string path, StepProfile profile)
        => AtomicFile.WriteAllBytes(path, JsonSerializer.SerializeToUtf8Bytes(Document(profile)));

    /// <summary>Returns the document: complete events (<c>X</c>) of steps and of work on two tracks, and their names (<c>M</c>).</summary>
    internal static JsonObject Document(StepProfile profile)
    {
        var events = new JsonArray
        {
            Name("process_name", StepTrack, "regimen profile"),
            Name("thread_name", StepTrack, "steps"),
            Name("thread_name", WorkTrack, "training thread"),
        };
        double begun = 0;
        foreach (ProfiledStep step in profile.Steps)
        {
            events.Add(Complete($"step {step.Step}", "step", StepTrack, begun, step.End, new JsonObject { ["step"] = step.Step, ["samples"] = step.Samples }));
            begun = step.End;
        }

        foreach (ProfiledSpan span in profile.Spans)
        {
            events.Add(Complete(JsonNamingPolicy.SnakeCaseLower.ConvertName(span.Phase.ToString()), "work", WorkTrack, span.Start, span.End, null));
        }

        return new JsonObject { ["traceEvents"] = events, ["displayTimeUnit"] = "ms" };
    }

    private static JsonObject Name(string kind, int track, string name) => new JsonObject
    {
        ["name"] = kind,
        ["ph"] = "M",
        ["pid"] = Process,
        ["tid"] = track,
        ["args"] = new JsonObject { ["name"] = name },
    };

    private static JsonObject Complete(string name, string category, int track, double start, double end, JsonObject? arguments)
    {
        var item = new JsonObject
        {
            ["name"] = name,
            ["cat"] = category,
            ["ph"] = "X",
            ["ts"] = start * 1e6,
            ["dur"] = (end - start) * 1e6,
            ["pid"] = Process,
            ["tid"] = track,
        };
        if (arguments is not null)
        {
            item["args"] = arguments;
        }

        return item;
    }
}
