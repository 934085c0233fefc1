using System.Runtime.InteropServices;
using Regimen.Runs;
using Regimen.SweepFiles;
using Regimen.Tests.TestKit;

namespace Regimen.Tests.Slurm;

/// <summary>Tests sweeps and runs as jobs of a real Slurm.</summary>
[Collection(OtherProcesses.Name)]
public sealed class SlurmSweepTests(SlurmCluster cluster) : IClassFixture<SlurmCluster>, IDisposable
{
    private readonly ProjectFolder _project = new();

    private string? Sweep => Directory.Exists(_project.Runs) ? Directory.GetDirectories(_project.Runs).SingleOrDefault() : null;

    private SweepRecord Record => SweepRecord.Read(Path.Combine(Sweep!, SweepRecord.FileName));

    [Fact]
    public void A_cancelled_job_and_a_node_that_fails_change_no_result()
    {
        cluster.SkipWhereMissing();
        string[] command = ["sweep", "model.hidden=6,11,17", "optimizer.lr=0.003,0.02", "trainer.epochs=30", "early_stopping=none", "checkpoint.every_steps=7", "report=false", "--cores", "1"];
        using var local = new ProjectFolder();
        local.DoAsProcess([.. command, "--jobs", "2", "--quiet"]).Ends(0);
        string expected = File.ReadAllText(Path.Combine(Directory.GetDirectories(local.Runs).Single(), "results.csv"));

        using CommandProcess process = cluster.Regimen(_project, [.. command, "--launcher", "slurm", "--time", "10"]);
        string cancelled = JobOfTrained(process, 2);
        cluster.Run("scancel", cancelled);
        string lost = JobOfTrained(process, 3);
        string node = cluster.Run("squeue", "--noheader", $"--jobs={lost}", "--format=%N").Trim();
        Assert.Contains(node, SlurmCluster.Nodes);
        cluster.Run("scontrol", "update", $"nodename={node}", "state=down", "reason=test");

        // Other trials of the node are lost with it. It comes back when that has been noticed.
        Assert.True(process.WaitUntil(() => Record.Trials[2].Resubmissions > 0));
        cluster.Restore();
        CommandOutput output = process.WaitForEnd().Ends(0);
        Assert.Contains($"note: Trial 2: CANCELLED (job {cancelled} on n", output.Error, StringComparison.Ordinal);
        Assert.Contains($"note: Trial 3: NODE_FAIL (NodeDown, job {lost} on {node}); it is submitted again, for the 1. of at most 3 times.", output.Error, StringComparison.Ordinal);
        Assert.Equal(expected, File.ReadAllText(Path.Combine(Sweep!, "results.csv")));
        Assert.Equal((2, 1), (Scripts(2), Record.Trials[1].Resubmissions));
        Assert.All(Record.Trials, t => Assert.Equal(t.Resubmissions + 1, Scripts(t.Number)));
        Assert.All(Record.Trials, t => Assert.Null(t.Job));
        Assert.Contains("'resume'", File.ReadAllText(Path.Combine(Sweep!, "trials", "0002", "slurm", "2.sh")), StringComparison.Ordinal);
        Assert.Contains("identical: ", _project.DoAsProcess("verify", Path.Combine(Sweep!, "trials", "0002"), "--quiet").Ends(0).Out, StringComparison.Ordinal);
    }

    [Fact]
    public void Jobs_of_a_killed_sweep_are_found_again_and_not_submitted_twice()
    {
        Assert.SkipUnless(Environment.GetEnvironmentVariable("REGIMEN_LONG") == "1", "takes a quarter of a minute: REGIMEN_LONG=1");
        cluster.SkipWhereMissing();
        string[] command = ["sweep", "model.hidden=5,9", "trainer.epochs=60", "early_stopping=none", "--launcher", "slurm", "--sbatch=--exclusive", "--sbatch=--nodelist=n1", "--quiet"];
        using (CommandProcess process = cluster.Regimen(_project, command))
        {
            JobOfTrained(process, 1);
            Assert.True(process.WaitUntil(() => Record.Trials[1].Job?.Id is not null));
            process.KillNow();
        }

        // The second waits for the node. Its number is not on record, as if the sweep had been killed just after the submission.
        SweepRecord left = Record;
        (left with { Trials = [left.Trials[0], left.Trials[1] with { Job = left.Trials[1].Job! with { Id = null } }] }).Write(Path.Combine(Sweep!, SweepRecord.FileName));
        using CommandProcess resumed = cluster.Regimen(_project, "sweep", "--resume", "latest");
        resumed.WaitForEnd().Ends(0);
        Assert.All(Record.Trials, t => Assert.Equal(TrialStatus.Finished, t.Status));
        Assert.Equal((1, 1), (Scripts(1), Scripts(2)));
    }

    [Fact]
    public void A_trial_that_Slurm_ends_too_often_has_failed_with_its_reason()
    {
        Assert.SkipUnless(Environment.GetEnvironmentVariable("REGIMEN_LONG") == "1", "takes a quarter of a minute: REGIMEN_LONG=1");
        cluster.SkipWhereMissing();
        using CommandProcess process = cluster.Regimen(_project, "sweep", "model.hidden=choice(5)", "trainer.epochs=1000000", "early_stopping=none", "--launcher", "slurm", "--resubmit", "1");
        string first = JobOfTrained(process, 1);
        cluster.Run("scancel", first);
        string? second = null;
        Assert.True(process.WaitUntil(() => Record.Trials[0].Job?.Id is { } id && (second = id) != first));
        cluster.Run("scancel", second!);
        Assert.Contains($"failed: the scheduler ended its job, after 1 of 1 resubmissions: CANCELLED (job {second}", process.WaitForEnd().Ends(1).Out, StringComparison.Ordinal);
        Assert.Equal((TrialStatus.Failed, 2), (Record.Trials[0].Status, Scripts(1)));
    }

    [Fact]
    public void Successive_halving_at_Slurm_has_the_results_of_a_local_one()
    {
        Assert.SkipUnless(Environment.GetEnvironmentVariable("REGIMEN_LONG") == "1", "trains a dozen runs: REGIMEN_LONG=1");
        cluster.SkipWhereMissing();
        string[] command = ["sweep", "model.hidden=range(4,9)", "trainer.epochs=5", "--halving", "2", "--cores", "1", "--quiet"];
        using var local = new ProjectFolder();
        local.DoAsProcess([.. command, "--jobs", "2"]).Ends(0);
        using CommandProcess process = cluster.Regimen(_project, [.. command, "--launcher", "slurm"]);
        process.WaitForEnd().Ends(0);
        Assert.Equal(File.ReadAllText(Path.Combine(Directory.GetDirectories(local.Runs).Single(), "results.csv")), File.ReadAllText(Path.Combine(Sweep!, "results.csv")));
    }

    [Fact]
    public void A_stopped_sweep_leaves_no_job_and_a_checkpoint_of_each_run()
    {
        Assert.SkipUnless(Environment.GetEnvironmentVariable("REGIMEN_LONG") == "1", "takes a quarter of a minute: REGIMEN_LONG=1");
        cluster.SkipWhereMissing();
        using CommandProcess process = cluster.Regimen(_project, "sweep", "model.hidden=5,6,7", "trainer.epochs=1000000", "early_stopping=none", "--launcher", "slurm", "--jobs", "3", "--sbatch=--exclusive", "--quiet");
        JobOfTrained(process, 1);
        JobOfTrained(process, 2);

        // The third waits for a node.
        process.Signal(PosixSignal.SIGTERM);
        process.WaitForEnd().Ends(143);
        Assert.Empty(cluster.Run("squeue", "--noheader"));
        Assert.Equal(SweepStatus.Interrupted, Record.Status);
        Assert.All(Record.Trials, t => Assert.Equal(TrialStatus.Waiting, t.Status));
        Assert.All([1, 2], n => Assert.Equal(RunStatus.Interrupted, RunManifest.Read(Path.Combine(SweepRecord.TrialFolder(Sweep!, n), "run.json")).Status));
        Assert.False(File.Exists(Path.Combine(SweepRecord.TrialFolder(Sweep!, 3), "run.json")));
    }

    [Fact]
    public void What_Slurm_refuses_ends_the_command_with_its_words_and_without_a_folder()
    {
        cluster.SkipWhereMissing();
        using CommandProcess partition = cluster.Regimen(_project, "sweep", "model.hidden=5,9", "--launcher", "slurm", "--partition", "nowhere");
        Assert.Contains("invalid partition specified: nowhere", partition.WaitForEnd().Ends(2).Error, StringComparison.Ordinal);
        using CommandProcess argument = cluster.Regimen(_project, "train", "--launcher", "slurm", "--sbatch=--nonsense");
        Assert.Contains("--nonsense", argument.WaitForEnd().Ends(2).Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_project.Runs));
    }

    public void Dispose() => _project.Dispose();

    private int Scripts(int trial)
        => Directory.GetFiles(Path.Combine(SweepRecord.TrialFolder(Sweep!, trial), "slurm"), "*.sh").Length;

    /// <summary>Waits until a trial has recorded an epoch, and returns the number of its job.</summary>
    private string JobOfTrained(CommandProcess process, int trial)
    {
        string? id = null;
        Assert.True(process.WaitUntil(() => Sweep is { } sweep && File.Exists(Path.Combine(sweep, SweepRecord.FileName))
            && new FileInfo(Path.Combine(SweepRecord.TrialFolder(sweep, trial), "metrics.jsonl")) is { Exists: true, Length: > 0 }
            && (id = Record.Trials[trial - 1].Job?.Id) is not null));
        return id!;
    }
}
