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
            ("started", ReportNumbers.Time(manifest.Started)),
            ("ended", manifest.Ended is null ? null : ReportNumbers.Time(manifest.Ended)),
            ("training and test", ReportNumbers.Duration(manifest.Seconds)),
            ("an epoch, on average", EpochSeconds(run) is { } epoch ? ReportNumbers.Duration(epoch) : null),
            ("steps per second", manifest.Seconds is > 0 ? ReportNumbers.Number(manifest.Steps / manifest.Seconds) : null),
            ("resumed", manifest.Resumed.Count == 0 ? null : ReportNumbers.Count(manifest.Resumed.Count, "time", "times")),
        ]));
        html.Section("Environment", () =>
        {
            RunVersions versions = manifest.Versions;
            html.Facts(
            [
                ("device", $"{manifest.Device}, {ReportNumbers.Count(manifest.Threads, "thread", "threads")}"),
                ("processor", $"{versions.Cpu} ({versions.InstructionSet})"),
                ("operating system", versions.Os),
                ("Regimen", versions.Regimen),
                (".NET", versions.Dotnet),
                ("TorchSharp", $"{versions.TorchSharp} with libtorch {versions.Libtorch}"),
                ("source", manifest.Git is { } git ? $"{git.Commit}{(git.Dirty ? ", with changes" : string.Empty)}" : null),
                ("data fingerprint", manifest.DataFingerprint),
                ("weights digest", manifest.WeightsDigest),
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
