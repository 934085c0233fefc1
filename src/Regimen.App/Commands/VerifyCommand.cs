using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Regimen.App.CommandLine;
using Regimen.App.Hosting;
using Regimen.App.Screen;
using Regimen.Catalog;
using Regimen.Experiments;
using Regimen.Ranks;
using Regimen.Recording;
using Regimen.Runs;
using Regimen.Verification;

namespace Regimen.App.Commands;

/// <summary>The <c>regimen verify</c> command: trains a run again from its record and compares the results bit for bit.</summary>
internal static class VerifyCommand
{
    public static Command Build(AppHost host)
    {
        var shared = new SharedOptions();
        var which = new RunArguments();
        Option<bool> quiet = new("--quiet") { Description = "Show only the result." };
        Option<long?> until = new("--until-step") { Description = "Compare only the first N steps, for a quick check.", HelpName = "N" };
        until.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value: var text }] && (!long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long step) || step < 1))
            {
                result.AddError($"--until-step: expected a step of at least 1, received '{text}'.");
            }
        });
        var command = new Command("verify", "Train a run again from its record and compare every loss, every pass and every weight. Writes nothing.");
        which.AddTo(command);
        Argument<string[]> paths = DataPathArguments.Build();
        command.Arguments.Add(paths);
        command.Options.Add(until);
        command.Options.Add(quiet);
        shared.AddTo(command);
        command.SetAction(shared.RankedAction(host, (parsed, ranks) =>
        {
            bool json = parsed.GetValue(shared.Json);
            using RunFolder folder = which.Find(host, parsed);
            folder.ThrowIfInUse();
            int recorded = RunManifest.Read(folder.ManifestFile).Ranks ?? 1;
            if (ranks is null && recorded > 1)
            {
                // The bits of a sum depend on the number of ranks.
                return MpiLauncher.Run(host, recorded, [.. parsed.Tokens.Select(t => t.Value)]);
            }

            ThrowUnlessAsMany(folder, recorded, ranks);
            return Run(host, folder, parsed.GetValue(paths) ?? [], parsed.GetValue(until), Screens.For(host, json || parsed.GetValue(quiet), ranks), json, ranks);
        }));
        return command;
    }

    private static void ThrowUnlessAsMany(RunFolder folder, int recorded, RankGroup? ranks)
    {
        if (ranks is not null && ranks.Size != recorded)
        {
            throw new RequestException(new Problem("A run is verified on as many ranks as it was trained on: the bits of a sum depend on their number")
            {
                Where = folder.ManifestFile,
                Expected = $"{recorded}",
                Received = $"{ranks.Size}",
                Hint = "Start regimen verify without mpirun: it starts as many ranks itself.",
            });
        }
    }

    private static int Run(AppHost host, RunFolder folder, string[] paths, long? untilStep, IScreen screen, bool json, RankGroup? ranks)
    {
        ComponentCatalog catalog = ConfigArguments.Catalog(host);
        RecordedRun run = RecordedRun.Read(folder, catalog, paths, host.WorkingDirectory);

        using var signals = new StopSignals(run.Config.StopSignals);
        try
        {
            using Experiment experiment = Experiment.Prepare(run.Config, catalog, downloader: null, ranks, signals.Token);
            experiment.Check();
            signals.Begin();
            if (ranks is { Rank: > 0 })
            {
                // Rank 0 compares.
                Verifier.Follow(run, experiment, host.Time, signals.Token);
                return ExitCodes.Done;
            }

            return Run(host, run, experiment, untilStep, screen, json, signals.Token);
        }
        catch (OperationCanceledException) when (signals.Token.IsCancellationRequested)
        {
            host.Error.WriteLine("error: The verification was interrupted; it has no result");
            return signals.ExitCode;
        }
    }

    private static int Run(AppHost host, RecordedRun run, Experiment experiment, long? untilStep, IScreen screen, bool json, CancellationToken cancellationToken)
    {
        IReadOnlyList<string> environment = Verifier.Surroundings(run, RunEnvironment.OfProcess(git: null).Versions);
        foreach (string difference in json ? [] : environment)
        {
            Page.Of(host).Line($"note: {difference}");
        }

        VerificationResult result = screen.Show(
            RunText.Header(experiment, run.Folder, host.WorkingDirectory),
            () => Verifier.Verify(run, experiment, untilStep, [screen], host.Time, cancellationToken));
        if (json)
        {
            ProblemReport.WriteJson(host, Document(run.Folder, environment, result));
        }
        else
        {
            Write(Page.Of(host), result);
        }

        return result.Identical ? ExitCodes.Done : ExitCodes.Failed;
    }

    private static void Write(Page page, VerificationResult result)
    {
        page.Line();
        foreach (Problem finding in result.Findings)
        {
            page.Line($"differs: {finding}");
        }

        if (result.FirstDifference is { } first)
        {
            page.Line($"differs: {first.At}: expected loss {DisplayText(first.Expected)}, received {DisplayText(first.Received)}");
        }

        if (result.NotCompared.Count > 0)
        {
            page.Line($"not compared: {string.Join("; ", result.NotCompared)}");
        }

        string compared = $"{Count(result.Steps, "loss", "losses")}, {Count(result.Passes, "pass", "passes")}, {Count(result.Checkpoints, "checkpoint", "checkpoints")}";
        string digest = result.ExpectedDigest is { } expected && expected == result.ReceivedDigest ? $", weights digest {expected}" : string.Empty;
        page.Line(result.Identical ? $"identical: {compared}{digest}" : $"not identical; equal: {compared}{digest}");
    }

    private static JsonObject Document(RunFolder folder, IReadOnlyList<string> environment, VerificationResult result) => new()
    {
        ["run"] = folder.FullPath,
        ["identical"] = result.Identical,
        ["first_difference"] = result.FirstDifference is { } difference
            ? new JsonObject
            {
                ["step"] = difference.At.Step,
                ["epoch"] = difference.At.Epoch,
                ["expected"] = ProblemReport.Number(difference.Expected),
                ["received"] = ProblemReport.Number(difference.Received),
            }
            : null,
        ["weights_digest"] = new JsonObject { ["expected"] = result.ExpectedDigest, ["received"] = result.ReceivedDigest },
        ["findings"] = new JsonArray([.. result.Findings.Select(ProblemReport.Document)]),
        ["environment"] = new JsonArray([.. environment.Select(s => JsonValue.Create(s))]),
        ["steps"] = result.Steps,
        ["passes"] = result.Passes,
        ["checkpoints"] = result.Checkpoints,
        ["not_compared"] = new JsonArray([.. result.NotCompared.Select(n => JsonValue.Create(n))]),
    };

    private static string Count(long number, string one, string many) => string.Create(CultureInfo.InvariantCulture, $"{number:#,0} {(number == 1 ? one : many)}");

    private static string DisplayText(float? loss) => loss is { } value
        ? string.Create(CultureInfo.InvariantCulture, $"{value:R} (bits {BitConverter.SingleToUInt32Bits(value):x8})")
        : "none";
}
