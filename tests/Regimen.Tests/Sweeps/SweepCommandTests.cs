using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using Regimen.Reproducibility;
using Regimen.SweepFiles;
using Regimen.Tests.TestKit;

namespace Regimen.Tests.Sweeps;

/// <summary>Tests the command <c>sweep</c> with real processes: results, resume after kills, halving, failures.</summary>
[Collection(OtherProcesses.Name)]
public sealed class SweepCommandTests : IDisposable
{
    private static readonly int Kills = Environment.GetEnvironmentVariable("REGIMEN_LONG") == "1" ? 50 : 4;
    private readonly ProjectFolder _project = new();

    private string Sweep => Directory.GetDirectories(_project.Runs, "*_sweep-*").Single();

    private string Results => File.ReadAllText(Path.Combine(Sweep, "results.csv"));

    [Fact]
    public void Results_do_not_depend_on_the_number_of_jobs()
    {
        string[] command = ["sweep", "model.hidden=5,9,14", "optimizer.lr=choice(0.003)", "trainer.epochs=2", "--quiet"];
        JsonNode document = _project.DoAsProcess([.. command, "--json", "--jobs", "3"]).Ends(0).Json;
        Assert.Equal("finished", (string?)document["status"]);
        Assert.Equal(3, document["trials"]!.AsArray().Count);
        Assert.Equal(["sweep", "status", "metric", "trials", "best", "importance"], document.AsObject().Select(p => p.Key));
        JsonNode best = document["trials"]!.AsArray().MinBy(t => (double)t!["value"]!)!;
        Assert.Equal((double)best["value"]!, (double)document["best"]!["value"]!);
        Assert.Equal((string?)best["run"], (string?)document["best"]!["runs"]![0]);

        string[] rows = Results.TrimEnd('\n').Split('\n');
        Assert.StartsWith("number,model.hidden,optimizer.lr,seed,status,epochs,steps,best val.loss,test.accuracy,", rows[0], StringComparison.Ordinal);
        Assert.Equal(4, rows.Length);
        Assert.StartsWith("1,5,0.003,42,finished,2,8,", rows[1], StringComparison.Ordinal);

        // A trial is a run like any other.
        Assert.Contains("identical: ", _project.DoAsProcess("verify", Path.Combine(Sweep, "trials", "0003"), "--quiet").Ends(0).Out, StringComparison.Ordinal);
        using var other = new ProjectFolder();
        other.DoAsProcess([.. command, "--jobs", "1"]).Ends(0);
        Assert.Equal(Results, File.ReadAllText(Path.Combine(Directory.GetDirectories(other.Runs).Single(), "results.csv")));
    }

    [Theory]
    [InlineData("model.hidden=6,11,17 trainer.epochs=3 checkpoint.every_steps=2 --jobs 2", false)]
    [InlineData("model.hidden=6,11,17 optimizer.lr=0.003,0.03 trainer.epochs=5 checkpoint.every_steps=2 --jobs 2", true)]
    [InlineData("model.hidden=range(4,13) trainer.epochs=4 checkpoint.every_steps=2 --halving 2 --jobs 3", true)]
    [InlineData("model.dropout=interval(0,0.5) optimizer.lr=log_interval(1e-4,1) trainer.epochs=2 --search tpe --samples 14 --jobs 3", true)]
    public void A_killed_sweep_resumes_to_the_same_results(string config, bool isLong)
    {
        Assert.SkipWhen(isLong && Environment.GetEnvironmentVariable("REGIMEN_LONG") != "1", "trains a hundred runs: REGIMEN_LONG=1");
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no SIGKILL.");
        string[] command = ["sweep", "--quiet", .. config.Split(' ')];
        using var undisturbed = new ProjectFolder();
        undisturbed.DoAsProcess(command).Ends(0);
        string expected = File.ReadAllText(Path.Combine(Directory.GetDirectories(undisturbed.Runs).Single(), "results.csv"));
        int trials = expected.Split('\n').Length - 2;

        RandomStream random = RandomStream.For(23, RandomPurpose.Order);
        for (int killed = 0; killed < Kills;)
        {
            using var project = new ProjectFolder();
            killed += KillOnTheWay(project, command, Kills - killed, ref random);

            // In another place, as if the folder had been moved.
            string moved = project.Folder["elsewhere"];
            string sweep = Directory.GetDirectories(project.Runs).Single();
            WaitUntilFree(sweep);
            Directory.Move(sweep, moved);
            project.DoAsProcess("sweep", "--resume", "elsewhere", "--quiet", "--jobs", "1").Ends(0);
            Assert.Equal(expected, File.ReadAllText(Path.Combine(moved, "results.csv")));
            Assert.Equal(trials, Directory.GetDirectories(Path.Combine(moved, "trials")).Length);
        }
    }

    [Fact]
    public void A_survivor_of_halving_equals_an_uninterrupted_run_and_a_paused_trial_can_be_revived()
    {
        _project.DoAsProcess("sweep", "model.hidden=range(4,7)", "trainer.epochs=5", "--halving", "2", "--jobs", "2", "--quiet").Ends(0);
        var sweep = SweepRecord.Read(Path.Combine(Sweep, SweepRecord.FileName));
        Assert.Equal([3, 5], sweep.Plan.Rungs);
        Assert.Equal((2, 1), (sweep.Trials.Count(t => t.Status == TrialStatus.Paused), sweep.Trials.Count(t => t.Status == TrialStatus.Finished)));
        TrialRecord survivor = sweep.Trials.Single(t => t.Status == TrialStatus.Finished);
        Assert.Contains("identical: ", _project.DoAsProcess("verify", SweepRecord.TrialFolder(Sweep, survivor.Number), "--quiet").Ends(0).Out, StringComparison.Ordinal);

        using var alone = new ProjectFolder();
        JsonNode run = alone.DoAsProcess("train", $"model.hidden={survivor.Params["model.hidden"]}", "trainer.epochs=5", "threads=1", "--json").Ends(0).Json;
        JsonNode trial = JsonNode.Parse(File.ReadAllText(Path.Combine(SweepRecord.TrialFolder(Sweep, survivor.Number), "run.json")))!;
        Assert.Equal((string?)run["weights_digest"], (string?)trial["weights_digest"]);

        int paused = sweep.Trials.First(t => t.Status == TrialStatus.Paused).Number;
        _project.DoAsProcess("sweep", "--resume", "latest", "--revive", paused.ToString(CultureInfo.InvariantCulture), "--quiet").Ends(0);
        SweepRecord revived = SweepRecord.Read(Path.Combine(Sweep, SweepRecord.FileName));
        Assert.Equal((TrialStatus.Finished, 5), (revived.Trials[paused - 1].Status, revived.Trials[paused - 1].Epochs));
        Assert.Equal(sweep.Trials.Where(t => t.Number != paused).Select(t => t.Status), revived.Trials.Where(t => t.Number != paused).Select(t => t.Status));
        Assert.Contains("not paused", _project.DoAsProcess("sweep", "--resume", "latest", "--revive", paused.ToString(CultureInfo.InvariantCulture)).Ends(2).Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_failed_trial_is_reported_and_stops_nothing()
    {
        // A rate of 1,000,000 makes the loss infinite.
        CommandOutput output = _project.DoAsProcess("sweep", "optimizer=sgd", "model.hidden=[16,16,16]", "optimizer.lr=1000000,0.02", "trainer.epochs=2", "--jobs", "1").Ends(1);
        Assert.Contains("trial 1  optimizer.lr=1000000  failed: ", output.Out, StringComparison.Ordinal);
        SweepRecord sweep = SweepRecord.Read(Path.Combine(Sweep, SweepRecord.FileName));
        Assert.Equal([TrialStatus.Failed, TrialStatus.Finished], sweep.Trials.Select(t => t.Status));
        Assert.Equal(SweepStatus.Finished, sweep.Status);
        Assert.Contains("\n1,1000000,42,failed,", Results, StringComparison.Ordinal);

        // What failed is not tried again unless that is asked for.
        Assert.DoesNotContain("trial 1  ", _project.DoAsProcess("sweep", "--resume", "latest").Ends(1).Out.Split("\nrank")[0], StringComparison.Ordinal);
        Assert.Contains("trial 1  ", _project.DoAsProcess("sweep", "--resume", "latest", "--retry-failed").Ends(1).Out.Split("\nrank")[0], StringComparison.Ordinal);
    }

    [Fact]
    public void A_failed_trial_stops_the_sweep_if_asked()
    {
        _project.DoAsProcess("sweep", "optimizer=sgd", "model.hidden=[16,16,16]", "optimizer.lr=1000000,0.02", "trainer.epochs=2", "--jobs", "1", "--on-failure", "stop", "--quiet").Ends(1);
        SweepRecord sweep = SweepRecord.Read(Path.Combine(Sweep, SweepRecord.FileName));
        Assert.Equal(SweepStatus.Failed, sweep.Status);
        Assert.Equal([TrialStatus.Failed, TrialStatus.Waiting], sweep.Trials.Select(t => t.Status));
    }

    [Fact]
    public void A_failed_trial_is_tried_again_if_asked()
    {
        CommandOutput output = _project.DoAsProcess("sweep", "optimizer=sgd", "model.hidden=[16,16,16]", "optimizer.lr=choice(1000000)", "trainer.epochs=1", "--jobs", "1", "--on-failure", "retry:2").Ends(1);
        Assert.Equal(2, output.Out.Split("failed, will be tried again").Length - 1);
        Assert.Equal(3, SweepRecord.Read(Path.Combine(Sweep, SweepRecord.FileName)).Trials[0].Failures);
    }

    [Fact]
    public void A_stopped_sweep_saves_a_checkpoint_of_each_trial()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no SIGTERM.");
        using CommandProcess process = CommandProcess.Regimen(_project.Folder.FullPath, "sweep", "model.hidden=5,6", "trainer.epochs=1000000", "early_stopping=none", "--jobs", "2", "--quiet");
        Assert.True(process.WaitUntil(() => Directory.Exists(_project.Runs) && Enumerable.Range(1, 2).All(n => Size(Path.Combine(SweepRecord.TrialFolder(Folder(_project) ?? "none", n), "metrics.jsonl")) > 0)));
        process.Signal(System.Runtime.InteropServices.PosixSignal.SIGTERM);
        process.WaitForEnd().Ends(143);
        SweepRecord sweep = SweepRecord.Read(Path.Combine(Sweep, SweepRecord.FileName));
        Assert.Equal(SweepStatus.Interrupted, sweep.Status);
        Assert.All(sweep.Trials, t => Assert.Equal(TrialStatus.Waiting, t.Status));
        Assert.All(sweep.Trials, t => Assert.Equal(Regimen.Runs.RunStatus.Interrupted, Regimen.Runs.RunManifest.Read(Path.Combine(SweepRecord.TrialFolder(Sweep, t.Number), "run.json")).Status));
    }

    public void Dispose() => _project.Dispose();

    /// <summary>Runs and resumes a sweep, and kills it or one of its trials each time that a few more losses are recorded, until there were enough kills
    /// or the sweep ends.</summary>
    /// <returns>The number of kills, at least 1.</returns>
    private static int KillOnTheWay(ProjectFolder project, string[] command, int atMost, ref RandomStream random)
    {
        int killed = 0;
        while (killed < atMost)
        {
            using CommandProcess process = CommandProcess.Regimen(project.Folder.FullPath, HasBegun(project) ? ["sweep", "--resume", "latest", "--quiet"] : command);
            while (true)
            {
                long until = Written(project) + 1 + random.NextInt32(3_000);
                if (!process.WaitUntil(() => HasBegun(project) && Written(project) >= until))
                {
                    Assert.NotEqual(0, killed);
                    return killed;
                }

                killed++;
                bool isTrial = killed < atMost && random.NextInt32(2) == 0 && KillTrial(process.Id);
                if (!isTrial)
                {
                    process.KillNow();
                    break;
                }
            }
        }

        return killed;
    }

    private static string? Folder(ProjectFolder project) => Directory.Exists(project.Runs) ? Directory.GetDirectories(project.Runs).SingleOrDefault() : null;

    private static bool HasBegun(ProjectFolder project) => File.Exists(Path.Combine(Folder(project) ?? "none", SweepRecord.FileName));

    /// <summary>The number of bytes of losses and metrics that all trials have recorded.</summary>
    private static long Written(ProjectFolder project)
    {
        string trials = Path.Combine(Folder(project) ?? "none", "trials");
        return Directory.Exists(trials) ? Directory.GetDirectories(trials).Sum(t => Size(Path.Combine(t, "metrics.jsonl")) + Size(Path.Combine(t, "steps.f32"))) : 0;
    }

    private static long Size(string file) => new FileInfo(file) is { Exists: true } info ? info.Length : 0;

    /// <summary>Kills the process of a trial; false if there is none.</summary>
    private static bool KillTrial(int sweep)
    {
        foreach (int child in Directory.Exists($"/proc/{sweep}/task") ? Directory.GetDirectories($"/proc/{sweep}/task").SelectMany(t => File.ReadAllText(Path.Combine(t, "children")).Split(' ', StringSplitOptions.RemoveEmptyEntries)).Select(c => int.Parse(c, CultureInfo.InvariantCulture)) : [])
        {
            try
            {
                Process.GetProcessById(child).Kill();
                return true;
            }
            catch (Exception exception) when (exception is ArgumentException or InvalidOperationException)
            {
                // It has just ended.
            }
        }

        return false;
    }

    /// <summary>Waits until trials of a killed sweep have stopped.</summary>
    private static void WaitUntilFree(string sweep) => Assert.True(SpinWait.SpinUntil(
        () => Directory.GetDirectories(Path.Combine(sweep, "trials")).All(t => !Regimen.Runs.RunFolder.At(t).IsInUse), TimeSpan.FromSeconds(60)));
}
