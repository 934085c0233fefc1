using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Regimen.App.Screen;
using Regimen.Experiments;
using Regimen.Profiling;
using Regimen.Training;

namespace Regimen.App.Commands;

/// <summary>Formats a profile.</summary>
internal static class ProfileText
{
    /// <summary>Writes the table of the parts, and the memory.</summary>
    public static void Write(Page page, StepProfile profile, Experiment experiment, string? trace)
    {
        int steps = profile.Steps.Count;
        page.Heading(string.Create(
            CultureInfo.InvariantCulture,
            $"{experiment.Config.Model.Name} on {experiment.Config.Data.Name}: {steps:#,0} steps of {(double)profile.Samples / steps:0.#} samples in {profile.Seconds:0.000} s"));
        page.Line();
        TextTable.Write(
            page,
            [new("part"), new("share", IsNumber: true), new("ms per step", IsNumber: true), new("seconds", IsNumber: true)],
            [.. profile.Parts.Select(p => Row(Name(p.Phase), p.Seconds, profile)), Row("together", profile.Parts.Sum(p => p.Seconds), profile)]);
        page.Line();
        page.Line(string.Create(
            CultureInfo.InvariantCulture, $"memory  peak {Bytes(profile.PeakMemory)} resident, {Bytes(Math.Max(0, profile.PeakMemory - profile.MemoryAtStart))} above the {Bytes(profile.MemoryAtStart)} at the start of the training"));
        if (profile.Parts.First(p => p.Phase == TrainPhase.Validation).Seconds == 0)
        {
            page.Line($"No validation was within these steps: an epoch has {experiment.Plan().StepsPerEpoch.ToString("#,0", CultureInfo.InvariantCulture)} steps.");
        }

        if (trace is not null)
        {
            page.Line($"trace   {trace}");
        }
    }

    /// <summary>Returns the profile as JSON.</summary>
    public static JsonObject Document(StepProfile profile, long warmup, string? trace) => new()
    {
        ["warmup"] = warmup,
        ["steps"] = profile.Steps.Count,
        ["samples"] = profile.Samples,
        ["seconds"] = profile.Seconds,
        ["parts"] = new JsonObject(profile.Parts.Select(p => KeyValuePair.Create<string, JsonNode?>(
            JsonNamingPolicy.SnakeCaseLower.ConvertName(p.Phase.ToString()),
            new JsonObject { ["seconds"] = p.Seconds, ["share"] = p.Seconds / profile.Seconds }))),
        ["explained"] = profile.Explained,
        ["memory"] = new JsonObject
        {
            ["peak"] = profile.PeakMemory,
            ["start"] = profile.MemoryAtStart,
            ["above_start"] = Math.Max(0, profile.PeakMemory - profile.MemoryAtStart),
        },
        ["trace"] = trace,
    };

    private static Cell[] Row(string name, double seconds, StepProfile profile)
    {
        string Number(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
        return [name, Number(seconds / profile.Seconds, "0.0 %"), Number(1000 * seconds / profile.Steps.Count, "0.000"), Number(seconds, "0.000")];
    }

    private static string Name(TrainPhase phase) => phase switch
    {
        TrainPhase.Data => "waiting for data",
        TrainPhase.Forward => "forward and loss",
        TrainPhase.Optimizer => "clipping and optimizer",
        _ => JsonNamingPolicy.SnakeCaseLower.ConvertName(phase.ToString()),
    };

    private static string Bytes(long bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1048576.0:#,0.0} MiB");
}
