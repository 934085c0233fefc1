using Regimen.Runs;

namespace Regimen.Reports;

/// <summary>Where and how fast a run was computed, and the commands that repeat and check it.</summary>
internal static class EnvironmentSection
{
    public static void Write(HtmlText html, RunContent run)
    {
        RunManifest manifest = run.Manifest;
        html.Section("Time", () => html.Facts(
        [
            new("started", ReportNumbers.Time(manifest.Started)),
            new("ended", manifest.Ended is null ? null : ReportNumbers.Time(manifest.Ended)),
            new("training and test", ReportNumbers.Duration(manifest.Seconds)),
            new("an epoch, on average", EpochSeconds(run) is { } epoch ? ReportNumbers.Duration(epoch) : null),
            new("steps per second", manifest.Seconds is > 0 ? ReportNumbers.Number(manifest.Steps / manifest.Seconds) : null),
            new("resumed", manifest.Resumed.Count == 0 ? null : ReportNumbers.Count(manifest.Resumed.Count, "time", "times")),
        ]));
        if (manifest.Imported is not null)
        {
            return;
        }

        html.Section("Environment", () =>
        {
            RunVersions versions = manifest.Versions;
            html.Facts(
            [
                new("device", $"{manifest.Device}, {ReportNumbers.Count(manifest.Threads, "thread", "threads")}"),
                new("processor", $"{versions.Cpu} ({versions.InstructionSet})"),
                new("operating system", versions.Os),
                new("Regimen", versions.Regimen),
                new(".NET", versions.Dotnet),
                new("TorchSharp", $"{versions.TorchSharp} with libtorch {versions.Libtorch}"),
                new("source", manifest.Git is { } git ? $"{git.Commit}{(git.Dirty ? ", with changes" : string.Empty)}" : null),
                new("data fingerprint", manifest.DataFingerprint),
                new("weights digest", manifest.WeightsDigest),
            ]);
        });
        if (manifest.Program is null)
        {
            html.Section("Repeat and verify", () =>
            {
                html.Element("p", "The run's folder is a complete record. This command trains the run again and compares every loss and every weight, bit for bit:");
                html.Element("pre", Command("verify", run));
                html.Element("p", "A new run with the same config:");
                html.Element("pre", $"regimen train --config {ShellText.Word($"{Path.GetFileName(run.Folder)}/config.yaml")}");
            });
        }
    }

    private static string Command(string verb, RunContent run)
    {
        string runs = SummarySection.Value(run, "runs") is { Length: > 0 } folder ? folder : "runs";
        string name = ShellText.Word(run.Name.Replace("/", "/trials/", StringComparison.Ordinal));
        return runs == "runs" ? $"regimen {verb} {name}" : $"regimen {verb} {name} --runs {ShellText.Word(runs)}";
    }

    private static double? EpochSeconds(RunContent run)
    {
        double seconds = run.Curves.Clock.SecondsAt(run.Manifest.Steps);
        double epochs = run.Curves.Clock.EpochAt(run.Manifest.Steps);
        return double.IsFinite(seconds) && epochs > 0 ? seconds / epochs : null;
    }
}
