using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Regimen.Runs;
using Regimen.Tests.TestKit;

namespace Regimen.Tests.Slurm;

/// <summary>Tests single runs as jobs of a real Slurm, and as ranks that srun starts.</summary>
[Collection(OtherProcesses.Name)]
public sealed partial class SlurmRunTests(SlurmCluster cluster) : IClassFixture<SlurmCluster>, IDisposable
{
    private readonly ProjectFolder _project = new();

    [Fact]
    public void A_run_as_a_job_shows_its_lines_and_has_its_exit_code_and_weights()
    {
        Assert.SkipUnless(Environment.GetEnvironmentVariable("REGIMEN_LONG") == "1", "takes a quarter of a minute: REGIMEN_LONG=1");
        cluster.SkipWhereMissing();
        using CommandProcess process = cluster.Regimen(_project, "train", "trainer.epochs=2", "--launcher", "slurm");
        CommandOutput output = process.WaitForEnd().Ends(0);
        Assert.Matches("^Slurm job [0-9]+  runs/", output.Out);
        Assert.Contains("Finished after epoch 2", output.Out, StringComparison.Ordinal);
        using var local = new ProjectFolder();
        Assert.Equal((string?)local.DoAsProcess("train", "trainer.epochs=2", "threads=1", "--json").Ends(0).Json["weights_digest"], RunManifest.Read(Path.Combine(_project.Run, "run.json")).WeightsDigest);

        // What fails fails in the same words.
        using var other = new ProjectFolder();
        using CommandProcess failing = cluster.Regimen(other, "train", "optimizer=sgd", "model.hidden=[16,16,16]", "optimizer.lr=1000000", "trainer.epochs=2", "--launcher", "slurm", "--json");
        CommandOutput failed = failing.WaitForEnd().Ends(1);
        Assert.NotNull(failed.Json["errors"]![0]!["message"]);
    }

    [Fact]
    public void A_job_that_waits_is_told_with_the_reason_and_stopped_on_request()
    {
        Assert.SkipUnless(Environment.GetEnvironmentVariable("REGIMEN_LONG") == "1", "takes a quarter of a minute: REGIMEN_LONG=1");
        cluster.SkipWhereMissing();
        using CommandProcess process = cluster.Regimen(_project, "train", "--launcher", "slurm", "--sbatch=--hold", "--sbatch=--comment=it's held");
        string line = process.WaitForLine(l => l.StartsWith("Slurm job ", StringComparison.Ordinal));
        string id = line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[2];
        process.WaitForLine(l => l.StartsWith($"note: job {id} waits in the queue: JobHeld", StringComparison.Ordinal));
        process.Signal(PosixSignal.SIGINT);
        process.WaitForEnd().Ends(130);
        Assert.Empty(cluster.Run("squeue", "--noheader"));
    }

    [Fact]
    public void A_run_resumed_as_a_job_ends_with_the_weights_of_an_undisturbed_one()
    {
        Assert.SkipUnless(Environment.GetEnvironmentVariable("REGIMEN_LONG") == "1", "takes a quarter of a minute: REGIMEN_LONG=1");
        cluster.SkipWhereMissing();
        string[] keys = ["trainer.epochs=40", "early_stopping=none", "checkpoint.every_steps=3"];
        using (CommandProcess process = cluster.Regimen(_project, ["train", .. keys, "--launcher", "slurm", "--cores", "2"]))
        {
            Assert.True(process.WaitUntil(() => Directory.Exists(_project.Runs) && new FileInfo(Path.Combine(_project.Run, "metrics.jsonl")) is { Exists: true, Length: > 0 }));
            process.Signal(PosixSignal.SIGTERM);
            process.WaitForEnd().Ends(143);
        }

        // One that waits is not followed by a second, and changed keys are refused before anything is submitted.
        using (CommandProcess held = cluster.Regimen(_project, "resume", "latest", "--launcher", "slurm", "--sbatch=--hold", "--detach", "--json"))
        {
            string id = (string)held.WaitForEnd().Ends(0).Json["job"]!;
            using CommandProcess second = cluster.Regimen(_project, "resume", "latest", "--launcher", "slurm");
            Assert.Contains($"Slurm has a job of this run already: PENDING (JobHeldUser, job {id})", second.WaitForEnd().Ends(2).Error, StringComparison.Ordinal);
            cluster.Run("scancel", id);
        }

        using (CommandProcess refused = cluster.Regimen(_project, "resume", "latest", "optimizer.lr=1", "--launcher", "slurm"))
        {
            Assert.Contains("`optimizer.lr` can't be changed when a run is resumed", refused.WaitForEnd().Ends(2).Error, StringComparison.Ordinal);
        }

        using (CommandProcess partition = cluster.Regimen(_project, "resume", "latest", "--launcher", "slurm", "--partition", "nowhere"))
        {
            Assert.Contains("invalid partition specified: nowhere", partition.WaitForEnd().Ends(2).Error, StringComparison.Ordinal);
        }

        Assert.Equal(2, Directory.GetFiles(Path.Combine(_project.Run, "slurm"), "*.sh").Length);
        using (CommandProcess resumed = cluster.Regimen(_project, "resume", "latest", "checkpoint.keep=2", "--launcher", "slurm", "--json"))
        {
            using var local = new ProjectFolder();
            CommandOutput undisturbed = local.DoAsProcess(["train", .. keys, "threads=2", "--json"]).Ends(0);
            Assert.Equal((string?)undisturbed.Json["weights_digest"], (string?)resumed.WaitForEnd().Ends(0).Json["weights_digest"]);
        }

        string script = File.ReadAllText(Path.Combine(_project.Run, "slurm", "3.sh"));
        Assert.Contains("#SBATCH --cpus-per-task=2\n", script, StringComparison.Ordinal);
        Assert.Contains("'resume'", script, StringComparison.Ordinal);
        Assert.Equal("2", Assert.Single(RunManifest.Read(Path.Combine(_project.Run, "run.json")).Resumed).Changed["checkpoint.keep"][1]);
        using CommandProcess over = cluster.Regimen(_project, "resume", "latest", "--launcher", "slurm");
        Assert.Contains("has already ended", over.WaitForEnd().Ends(0).Out, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_that_the_node_does_not_have_is_named()
    {
        Assert.SkipUnless(Environment.GetEnvironmentVariable("REGIMEN_LONG") == "1", "takes a quarter of a minute: REGIMEN_LONG=1");
        cluster.SkipWhereMissing();
        cluster.StartElsewhere(_project.Folder.FullPath);
        using CommandProcess process = cluster.Regimen(_project, "train", "--launcher", "slurm", "--partition", "elsewhere");
        CommandOutput output = process.WaitForEnd().Ends(1);
        Assert.Contains("JobLaunchFailure", output.Error, StringComparison.Ordinal);
        Assert.Contains("expected the same folder on that node", output.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_run_on_two_ranks_of_srun_equals_that_of_mpirun()
    {
        Assert.SkipUnless(Environment.GetEnvironmentVariable("REGIMEN_LONG") == "1", "takes a quarter of a minute: REGIMEN_LONG=1");
        cluster.SkipWhereMissing();
        SkipWithoutMpi();
        using CommandProcess process = cluster.Regimen(_project, "train", "trainer.epochs=2", "--launcher", "slurm", "--ranks", "2", "--mpi", "pmi2", "--json");
        JsonNode run = process.WaitForEnd().Ends(0).Json;
        Assert.Equal("finished", (string?)run["status"]);
        Assert.Contains("'srun' '--ntasks=2'", File.ReadAllText(Path.Combine(_project.Run, "slurm", "1.sh")), StringComparison.Ordinal);
        using var other = new ProjectFolder();
        cluster.Run(other.Folder.FullPath, "mpirun.mpich", ["-n", "2", "env", "DOTNET_PROCESSOR_COUNT=1", .. CommandProcess.RegimenProgram, "train", "trainer.epochs=2", "threads=1", "--quiet"]);
        Assert.Equal(RunManifest.Read(Path.Combine(other.Run, "run.json")).WeightsDigest, (string?)run["weights_digest"]);
    }

    /// <summary>The batch script of docs/slurm.md, as it is there.</summary>
    [Fact]
    public void The_script_of_the_document_trains_on_its_ranks_and_goes_on_when_Slurm_starts_it_again()
    {
        Assert.SkipUnless(Environment.GetEnvironmentVariable("REGIMEN_LONG") == "1", "takes a quarter of a minute: REGIMEN_LONG=1");
        cluster.SkipWhereMissing();
        SkipWithoutMpi();
        string document = File.ReadAllText(Path.Combine(Repository.Root, "docs", "slurm.md"));
        string script = Script().Match(document).Groups[1].Value;
        Assert.StartsWith("#!/bin/bash\n#SBATCH ", script, StringComparison.Ordinal);
        _project.Folder.Write("train.sh", script);

        // The command of the document, whose name is that of the tool.
        string tool = _project.Folder.Write("bin/regimen", $"#!/bin/sh\nexec {string.Join(' ', CommandProcess.RegimenProgram.Select(w => $"'{w}'"))} \"$@\"\n");
        cluster.Run(_project.Folder.FullPath, "chmod", ["+x", tool]);
        string path = $"{Path.GetDirectoryName(tool)}:{Environment.GetEnvironmentVariable("PATH")}";
        string id = cluster.Run(_project.Folder.FullPath, "env", [$"PATH={path}", "sbatch", "--parsable", "train.sh"]).Trim();
        Assert.True(SpinWait.SpinUntil(() => Run() is { } run && File.Exists(Path.Combine(run, "metrics.jsonl")) && new FileInfo(Path.Combine(run, "metrics.jsonl")).Length > 0, TimeSpan.FromMinutes(1)), Output(id));
        cluster.Run("scontrol", "requeue", id);

        // Slurm would wait for two minutes.
        Assert.True(cluster.Waits($"[ $(squeue --noheader --format=%T --jobs={id}) = PENDING ] && scontrol update jobid={id} starttime=now"), Output(id));
        Assert.True(cluster.Waits($"[ \"$(squeue --noheader --states=all --format=%T --jobs={id})\" = COMPLETED ]"), Output(id));
        RunManifest manifest = RunManifest.Read(Path.Combine(Run()!, "run.json"));
        Assert.Equal((RunStatus.Finished, 2), (manifest.Status, manifest.Ranks));
        Assert.NotEmpty(manifest.Resumed);

        string? Run() => Directory.Exists(_project.Runs) ? Directory.GetDirectories(_project.Runs, $"*_job-{id}").SingleOrDefault() : null;
    }

    public void Dispose() => _project.Dispose();

    private static void SkipWithoutMpi() => Assert.SkipUnless(File.Exists("/usr/bin/mpirun.mpich"), "there is no MPICH here: apt-get install mpich");

    private string Output(string id) => string.Join('\n', [cluster.Run("scontrol", "show", "job", id), .. Directory.GetFiles(_project.Folder.FullPath, "*.out").Select(File.ReadAllText)]);

    [GeneratedRegex("```bash\n(#!/bin/bash\n.*?)```", RegexOptions.Singleline)]
    private static partial Regex Script();
}
