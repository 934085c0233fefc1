using Regimen.Slurm;
using Regimen.SweepFiles;
using Regimen.Tests.TestKit;

namespace Regimen.Tests.Slurm;

/// <summary>Tests what is asked of Slurm and how its answers are read, with scripts in place of its commands.</summary>
[Collection(OtherProcesses.Name)]
public sealed class SlurmCommandsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("RUNNING", 0, "n[1-2]", "None", false, false, 0)]
    [InlineData("COMPLETING", 15, "n1", "None", false, false, 143)]
    [InlineData("PENDING", 0, "", "Nodes required for job are DOWN, DRAINED or reserved", false, false, 0)]
    [InlineData("COMPLETED", 0, "n1", "None", true, false, 0)]
    [InlineData("FAILED", 768, "n1", "NonZeroExitCode", true, false, 3)]
    [InlineData("FAILED", 36608, "n1", "NonZeroExitCode", true, false, 143)]
    [InlineData("FAILED", 9, "n1", "RaisedSignal:9(Killed)", true, false, 137)]
    [InlineData("TIMEOUT", 15, "n1", "TimeLimit", true, true, 143)]
    [InlineData("PREEMPTED", 15, "n1", "None", true, true, 143)]
    [InlineData("NODE_FAIL", 15, "n2", "NodeDown", true, true, 143)]
    [InlineData("CANCELLED", 0, "", "None", true, true, 0)]
    [InlineData("OUT_OF_MEMORY", 9, "n2", "OutOfMemory", true, true, 137)]
    public void A_line_of_squeue_says_whether_a_job_has_ended_and_why(string state, int status, string nodes, string reason, bool isEnd, bool isByScheduler, int exitCode)
    {
        SlurmState read = SlurmState.Read($"{"12",-24}{state,-24}{status,-16}{nodes,-80}{reason,-160}")!;
        Assert.Equal(new SlurmState("12", state, status, nodes, reason), read);
        Assert.Equal((isEnd, isByScheduler, exitCode), (read.IsEnd, read.IsEndByScheduler, read.ExitCode));
    }

    [Fact]
    public async Task A_job_whose_submission_was_not_answered_is_found_and_not_submitted_again()
    {
        Write("sbatch", "echo x >> submitted; echo 'sbatch: error: Batch job submission failed: Socket timed out on send/recv operation' >&2; exit 1");
        Write("squeue", Line("77", "PENDING"));
        Assert.Equal("77", await Commands().SubmitAsync("1.sh", "name", Stop));
        Assert.Equal("x\n", File.ReadAllText(_folder["submitted"]));
    }

    [Fact]
    public async Task A_controller_that_answers_later_is_asked_again_and_one_that_never_answers_is_an_error()
    {
        Write("squeue", $"echo x >> asked; [ $(wc -l < asked) -gt 1 ] || {{ echo 'slurm_load_jobs error: Unable to contact slurm controller (connect failure)' >&2; exit 1; }}; {Line("5", "RUNNING")}");
        Assert.Equal("RUNNING", (await Commands().StatesAsync(["5"], Stop))["5"].State);
        Assert.Equal("x\nx\n", File.ReadAllText(_folder["asked"]));

        Write("squeue", "echo 'slurm_load_jobs error: Unable to contact slurm controller' >&2; exit 1");
        WorkFailedException exception = await Assert.ThrowsAsync<WorkFailedException>(() => Commands(TimeSpan.Zero).StatesAsync(["5"], Stop));
        Assert.Contains("Unable to contact slurm controller", exception.Problems[0].Received, StringComparison.Ordinal);
        Assert.Contains("go on", exception.Problems[0].Hint, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_job_that_Slurm_has_forgotten_is_unknown_and_a_refused_one_is_not_submitted_twice()
    {
        Write("squeue", "echo 'slurm_load_jobs error: Invalid job id specified' >&2; exit 1");
        Assert.Empty(await Commands().StatesAsync(["5"], Stop));
        Assert.Equal(SlurmState.Unknown, (await new SlurmWatch(Commands(), TimeProvider.System).Add("5").End).State);

        Write("sbatch", "echo x >> submitted; echo 'sbatch: error: invalid partition specified: nope' >&2; exit 1");
        WorkFailedException exception = await Assert.ThrowsAsync<WorkFailedException>(() => Commands().SubmitAsync("1.sh", "name", Stop));
        Assert.Equal("sbatch: error: invalid partition specified: nope", exception.Problems[0].Received);
        Assert.Equal("x\n", File.ReadAllText(_folder["submitted"]));
    }

    [Fact]
    public async Task Without_Slurm_the_request_is_refused()
    {
        RequestException exception = await Assert.ThrowsAsync<RequestException>(() => Commands().CheckAsync(new SlurmSettings(), 1, _folder.FullPath, Stop));
        Assert.StartsWith("sbatch can't be started", exception.Problems[0].Message, StringComparison.Ordinal);
    }

    /// <summary>A script is run by a real shell: names with quotes, spaces and dollars arrive as they are, and only a run that has begun is resumed.</summary>
    [Fact]
    public void A_script_starts_the_program_with_its_arguments_as_they_are()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no sh.");
        string run = _folder["a run's $HOME 50%"];
        Directory.CreateDirectory(run);
        var job = new SlurmJob { Name = "n", Settings = new SlurmSettings { Arguments = ["--comment=it's \"x\""] }, Cores = 3, WorkingDirectory = run, Command = ["printf", "%s|", "it's", "$HOME", ""], Again = ["printf", "again"], Run = run };
        SlurmFiles files = job.Write();
        Assert.Equal(Path.Combine(run, "slurm", "1.sh"), files.Script);
        Assert.Equal("it's|$HOME||", Shell(files.Script));
        File.WriteAllText(Path.Combine(run, "run.json"), "{}");
        Assert.Equal("again", Shell(files.Script));
        Assert.Equal(Path.Combine(run, "slurm", "2.sh"), job.Write().Script);

        string text = File.ReadAllText(files.Script);
        Assert.Contains("#SBATCH --requeue\n", text, StringComparison.Ordinal);
        Assert.Contains("50%%/slurm/1.out\"\n", text, StringComparison.Ordinal);
        Assert.Contains("#SBATCH --cpus-per-task=3\n", text, StringComparison.Ordinal);
        Assert.Contains("#SBATCH \"--comment=it's \\\"x\\\"\"\n", text, StringComparison.Ordinal);
        Assert.Contains("#SBATCH --no-requeue\n", (job with { Again = null }).Script(files), StringComparison.Ordinal);
        Assert.Equal("n", SlurmJob.NameIn(files.Script));
    }

    [Fact]
    public void A_job_asks_for_what_the_options_say()
    {
        var job = new SlurmJob
        {
            Name = "n",
            Settings = new SlurmSettings { Partition = "gpu", Time = "2:00:00", Gpus = "a100:2", Ranks = 4, Mpi = "pmi2", Arguments = ["--mem=8G"] },
            Cores = 6,
            WorkingDirectory = "/work",
            Command = ["regimen", "resume", "r"],
            Again = ["regimen", "resume", "r"],
            Run = "/r",
        };
        string[] lines = job.Script(SlurmFiles.In("/r", 1)).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(["#SBATCH --ntasks=4", "#SBATCH --cpus-per-task=6", "#SBATCH \"--partition=gpu\"", "#SBATCH \"--time=2:00:00\"", "#SBATCH \"--gres=gpu:a100:2\"", "#SBATCH \"--mem=8G\""], lines[6..12]);

        // The same command begins and goes on: there is nothing to choose.
        Assert.Equal(["cd '/work' || exit 1", "export DOTNET_PROCESSOR_COUNT=6", "exec 'srun' '--ntasks=4' '--cpus-per-task=6' '--mpi=pmi2' 'regimen' 'resume' 'r'"], lines[12..]);
    }

    public void Dispose() => _folder.Dispose();

    private static string Line(string id, string state) => $"printf '%-24s%-24s%-16s%-80s%-160s\\n' {id} {state} 0 '' Priority";

    private SlurmCommands Commands(TimeSpan? patience = null) => new(TimeProvider.System) { Folder = _folder.FullPath, Patience = patience ?? TimeSpan.FromMinutes(1) };

    private void Write(string command, string script)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no sh.");
        string file = _folder.Write(command, $"#!/bin/sh\ncd \"$(dirname \"$0\")\"\n{script}\n");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    private static string Shell(string script)
    {
        using var process = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo("sh", [script]) { RedirectStandardOutput = true })!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return output;
    }
}
