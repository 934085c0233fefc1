using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using Regimen.Reproducibility;
using Regimen.Tests.TestKit;

namespace Regimen.Tests.App;

/// <summary>Tests of runs of several ranks, started by Open MPI's mpirun on this machine.</summary>
[Collection(OtherProcesses.Name)]
public sealed class RankedRunTests
{
    private const int SigKill = 9;
    private const int SigUsr1 = 10;
    private const int SigTerm = 15;
    private const int SigStop = 19;
    private static readonly bool IsLong = Environment.GetEnvironmentVariable("REGIMEN_LONG") == "1";

    /// <summary>Batches of 34 of 240 samples: the last one of an epoch has 2, fewer than three or four ranks. Nothing divides evenly.</summary>
    private static readonly string[] Training =
        ["train", "--quiet", "loader.global_batch_size=34", "trainer.epochs=3", "early_stopping=none", "threads=1", "checkpoint.every_steps=4"];

    /// <summary>In the first, the last step of an epoch is one batch with fewer samples than there are ranks, so that some have none.</summary>
    [Theory]
    [InlineData("objective.class_weights=[1,2,3,4,5,6,7,8,9,10] trainer.accumulate=7 trainer.epochs=6", "3", false)]
    [InlineData("objective.class_weights=balanced trainer.accumulate=2 trainer.max_steps=200 trainer.epochs=200", "2,4", true)]
    public void Ranks_have_the_losses_of_one_process_with_their_batch(string settings, string numbers, bool isLong)
    {
        Assert.SkipWhen(isLong && !IsLong, "trains 200 steps on 1, 2 and 4 ranks: REGIMEN_LONG=1");
        MpiJob.SkipWhereMissing();
        string[] config = [.. Training, .. settings.Split(' '), "trainer.clip_norm=0.5", "transforms.train=[horizontal_flip]"];
        using var single = new ProjectFolder();
        single.DoAsProcess(config).Ends(0);
        float[] expected = Losses(single.Run);
        Assert.True(expected.Length > 8);

        foreach (int ranks in numbers.Split(',').Select(n => int.Parse(n, CultureInfo.InvariantCulture)))
        {
            using var project = new ProjectFolder();
            MpiJob.Run(project.Folder.FullPath, ranks, config).Ends(0);
            float[] losses = Losses(project.Run);
            Assert.Equal(expected.Length, losses.Length);
            Assert.All(expected.Zip(losses), pair => Assert.Equal(pair.First, pair.Second, pair.First * 1e-4));
            JsonNode run = Json(project.Run);
            Assert.Equal(ranks, (int)run["ranks"]!);
            Assert.Equal(Validations(single.Run).Length, Validations(project.Run).Length);
            Assert.All(Validations(single.Run).Zip(Validations(project.Run)), pair => Assert.Equal(pair.First, pair.Second, 1e-4));
        }
    }

    [Fact]
    public void Synchronised_batch_norm_is_that_of_the_whole_batch()
    {
        Assert.SkipUnless(IsLong, "starts four trainings: REGIMEN_LONG=1");
        MpiJob.SkipWhereMissing();
        string[] config = [.. Training, "model.norm=batch", "loader.drop_last=true", "trainer.sync_batch_norm=true"];
        using var single = new ProjectFolder();
        single.DoAsProcess(config).Ends(0);
        using var project = new ProjectFolder();
        MpiJob.Run(project.Folder.FullPath, 2, config).Ends(0);
        Assert.All(Losses(single.Run).Zip(Losses(project.Run)), pair => Assert.Equal(pair.First, pair.Second, pair.First * 1e-4));
        Assert.All(Validations(single.Run).Zip(Validations(project.Run)), pair => Assert.Equal(pair.First, pair.Second, 1e-4));

        // Each rank's own share gives other losses: the comparison above would show it.
        using var local = new ProjectFolder();
        MpiJob.Run(local.Folder.FullPath, 2, [.. config, "trainer.sync_batch_norm=false"]).Ends(0);
        Assert.Contains(Losses(single.Run).Zip(Losses(local.Run)), pair => Math.Abs(pair.First - pair.Second) > pair.First * 1e-2);
    }

    [Fact]
    public void Synchronised_batch_norm_has_portable_bits()
    {
        Assert.SkipUnless(IsLong, "starts two jobs: REGIMEN_LONG=1");
        MpiJob.SkipWhereMissing();
        string[] config = [.. Training, "trainer.bits=portable", "model=cnn", "model.channels=[5]", "model.hidden=12", "model.norm=batch", "loader.drop_last=true", "trainer.sync_batch_norm=true"];
        using var first = new ProjectFolder();
        MpiJob.Run(first.Folder.FullPath, 2, config).Ends(0);
        using var second = new ProjectFolder();
        using (MpiJob job = MpiJob.Start(
            second.Folder.FullPath, 2, [.. config, "threads=2"], new Dictionary<string, string> { ["DOTNET_EnableAVX2"] = "0", ["ATEN_CPU_CAPABILITY"] = "default" }))
        {
            job.WaitForEnd().Ends(0);
        }

        Assert.Equal("portable", (string)Json(first.Run)["bits"]!);
        Assert.Equal((string)Json(first.Run)["weights_digest"]!, (string)Json(second.Run)["weights_digest"]!);
        Assert.Equal(Losses(first.Run).Select(BitConverter.SingleToUInt32Bits), Losses(second.Run).Select(BitConverter.SingleToUInt32Bits));
    }

    [Fact]
    public void The_same_number_of_ranks_gives_the_same_bits_and_verify_starts_as_many()
    {
        Assert.SkipUnless(IsLong, "starts three jobs: REGIMEN_LONG=1");
        MpiJob.SkipWhereMissing();
        string[] config = [.. Training, "model=cnn", "model.norm=batch", "average=ema"];
        using var first = new ProjectFolder();
        MpiJob.Run(first.Folder.FullPath, 2, config).Ends(0);
        Assert.Contains("identical: ", first.DoAsProcess("verify", "latest", "--quiet").Ends(0).Out, StringComparison.Ordinal);
        CommandOutput other = MpiJob.Run(first.Folder.FullPath, 3, "verify", "latest", "--quiet");
        Assert.NotEqual(0, other.ExitCode);
        Assert.Contains("as many ranks as it was trained on", other.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_killed_rank_ends_the_job_and_the_run_resumes_to_the_same_bits()
    {
        MpiJob.SkipWhereMissing();
        int kills = IsLong ? 20 : 1;
        string[] config = [.. Training, $"trainer.epochs={(IsLong ? 40 : 8)}", "model=cnn", "model.norm=batch"];
        using var undisturbed = new ProjectFolder();
        MpiJob.Run(undisturbed.Folder.FullPath, 2, config).Ends(0);
        var random = RandomStream.For(5, RandomPurpose.Order);
        long steps = Losses(undisturbed.Run).Length;
        for (int kill = 0; kill < kills; kill++)
        {
            using var project = new ProjectFolder();
            long until = 1 + random.NextInt32((int)steps / 2);
            using (MpiJob job = MpiJob.Start(project.Folder.FullPath, 2, config))
            {
                Assert.True(job.WaitUntil(() => StepsRecorded(project) >= until), "the job ended before it could be disturbed");
                job.SignalRank(random.NextInt32(2), SigKill);
                Assert.NotEqual(0, job.WaitForEnd().ExitCode);
            }

            MpiJob.Run(project.Folder.FullPath, 2, "resume", "latest", "--quiet").Ends(0);
            Assert.Equal(Losses(undisturbed.Run).Select(BitConverter.SingleToUInt32Bits), Losses(project.Run).Select(BitConverter.SingleToUInt32Bits));
            Assert.Equal((string?)Json(undisturbed.Run)["weights_digest"], (string?)Json(project.Run)["weights_digest"]);
            if (kill == 0)
            {
                // Verify starts as many ranks itself.
                Assert.Contains("identical: ", project.DoAsProcess("verify", "latest", "--quiet").Ends(0).Out, StringComparison.Ordinal);
            }
        }
    }

    [Theory]
    [InlineData(SigUsr1, true)]
    [InlineData(SigTerm, false)]
    public void A_signal_to_the_launcher_or_to_one_rank_saves_and_ends_with_143(int signal, bool toLauncher)
    {
        Assert.SkipUnless(IsLong, "starts two jobs for each signal: REGIMEN_LONG=1");
        MpiJob.SkipWhereMissing();
        using var project = new ProjectFolder();
        using (MpiJob job = MpiJob.Start(project.Folder.FullPath, 2, [.. Training, "trainer.epochs=4000", "stop_signals=[sigusr1]"]))
        {
            Assert.True(job.WaitUntil(() => StepsRecorded(project) >= 8), "the job ended before it could be disturbed");
            if (toLauncher)
            {
                job.Signal(signal);
            }
            else
            {
                job.SignalRank(1, signal);
            }

            Assert.Equal(143, job.WaitForEnd().ExitCode);
        }

        JsonNode run = Json(project.Run);
        Assert.Equal("interrupted", (string?)run["status"]);
        Assert.Equal((long)run["steps"]!, Losses(project.Run).Length);

        // On another number of ranks, which the record says.
        string epochs = (((long)run["steps"]! / 2) + 10).ToString(CultureInfo.InvariantCulture);
        project.DoAsProcess("resume", "latest", "--quiet", $"trainer.epochs={epochs}").Ends(0);
        Assert.Equal(1, (int)Json(project.Run)["resumed"]![0]!["ranks"]!);
    }

    [Fact]
    public void A_rank_that_does_not_answer_is_named_and_the_run_can_be_resumed()
    {
        Assert.SkipUnless(IsLong, "waits for a rank that does not answer: REGIMEN_LONG=1");
        MpiJob.SkipWhereMissing();
        using var project = new ProjectFolder();
        using MpiJob job = MpiJob.Start(project.Folder.FullPath, 3, [.. Training, "trainer.epochs=4000"], new Dictionary<string, string> { ["REGIMEN_RANK_TIMEOUT"] = "3" });
        Assert.True(job.WaitUntil(() => StepsRecorded(project) >= 8), "the job ended before it could be disturbed");
        job.SignalRank(2, SigStop);
        CommandOutput output = job.WaitForEnd();
        Assert.NotEqual(0, output.ExitCode);
        Assert.Contains($"error: Rank 2 on host {Environment.MachineName} is lost", output.Error, StringComparison.Ordinal);
        JsonNode run = Json(project.Run);
        Assert.Equal("interrupted", (string?)run["status"]);
        Assert.Contains("Rank 2 on host", (string?)run["reason"], StringComparison.Ordinal);
        Assert.Equal((long)run["steps"]!, Losses(project.Run).Length);
    }

    [Fact]
    public void What_differs_on_a_rank_is_told_with_its_name_before_the_first_step()
    {
        MpiJob.SkipWhereMissing();
        using var project = new ProjectFolder();
        CommandOutput config = MpiJob.RunEach(project.Folder.FullPath, Training, [.. Training, "optimizer.lr=0.02"]);
        Assert.NotEqual(0, config.ExitCode);
        Assert.Contains($"error: Rank 1 on host {Environment.MachineName} has a config other than rank 0", config.Error, StringComparison.Ordinal);
        Assert.Contains("lr: 0.02", config.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(project.Runs));

        CommandOutput batch = MpiJob.Run(project.Folder.FullPath, 2, "train", "loader.global_batch_size=1");
        Assert.NotEqual(0, batch.ExitCode);
        Assert.Equal(1, Occurrences(batch.Error, "A batch has fewer samples than there are ranks"));

        CommandOutput refused = MpiJob.Run(project.Folder.FullPath, 2, "runs");
        Assert.NotEqual(0, refused.ExitCode);
        Assert.Contains("not a command for several ranks", refused.Error, StringComparison.Ordinal);
    }

    private static int Occurrences(string text, string part) => text.Split(part).Length - 1;

    private static JsonNode Json(string run) => JsonNode.Parse(File.ReadAllText(Path.Combine(run, "run.json")))!;

    private static float[] Losses(string run) => MemoryMarshal.Cast<byte, float>(File.ReadAllBytes(Path.Combine(run, "steps.f32"))).ToArray();

    private static double[] Validations(string run)
        => [.. File.ReadLines(Path.Combine(run, "metrics.jsonl")).Select(l => JsonNode.Parse(l)!).Where(r => (string?)r["split"] == "val").Select(r => (double)r["accuracy"]!)];

    private static long StepsRecorded(ProjectFolder project)
    {
        string? run = Directory.Exists(project.Runs) ? Directory.GetDirectories(project.Runs).SingleOrDefault() : null;
        var steps = new FileInfo(Path.Combine(run ?? "none", "steps.f32"));
        return run is not null && File.Exists(Path.Combine(run, "run.json")) && steps.Exists ? steps.Length / sizeof(float) : 0;
    }
}
