using Regimen.Tests.TestKit;

namespace Regimen.Tests.App;

/// <summary>Tests that the run of a segmentation that is killed (SIGKILL) in the middle of an epoch and resumed has the bits of an undisturbed one.</summary>
[Collection(OtherProcesses.Name)]
public sealed class KilledSegmentationTests
{
    [Fact]
    public void A_killed_and_resumed_run_has_the_same_bits_and_is_verified()
    {
        Assert.SkipUnless(Environment.GetEnvironmentVariable("REGIMEN_LONG") == "1", "kills a run, which takes some ten seconds: REGIMEN_LONG=1. ResumeBitsTests stops and resumes one in this process");
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no SIGKILL.");
        using var undisturbed = new ProjectFolder();
        Train(undisturbed, out string[] command);
        undisturbed.DoAsProcess(command).Ends(0);
        RunBits expected = RunBits.Of(undisturbed.Run);

        using var project = new ProjectFolder();
        Train(project, out command);
        using (CommandProcess process = CommandProcess.Regimen(project.Folder.FullPath, command))
        {
            Assert.True(process.WaitUntil(() => Steps(project) >= 15));
            process.KillNow();
        }

        Assert.InRange(Steps(project), 15, (expected.Steps.Length / sizeof(float)) - 1);
        project.DoAsProcess("resume", "latest", "--quiet").Ends(0);
        expected.AssertEqual(RunBits.Of(project.Run));
        Assert.Contains("identical: ", project.DoAsProcess("verify", "latest", "--quiet").Ends(0).Out, StringComparison.Ordinal);
    }

    private static void Train(ProjectFolder project, out string[] command)
    {
        Shapes.Write(project.Folder, "shapes", 50);
        command =
        [
            "train", "--quiet", .. Shapes.Config, "data.root=shapes", "data.mean=auto", "data.std=auto", "objective=dice", "objective.cross_entropy=0.5",
            "transforms.train=[random_affine,rand_augment,{name: random_resized_crop, size: [25, 22]}]", "transforms.eval=[{name: resize, size: [25, 22]}]",
            "loader.workers=2", "early_stopping.monitor=val.iou", "trainer.epochs=10", "checkpoint.every_steps=2",
        ];
    }

    /// <summary>Returns the number of losses in the run's folder, which grows with each checkpoint.</summary>
    private static long Steps(ProjectFolder project)
    {
        string? run = Directory.Exists(project.Runs) ? Directory.GetDirectories(project.Runs).SingleOrDefault() : null;
        var steps = new FileInfo(Path.Combine(run ?? "none", "steps.f32"));
        return run is not null && File.Exists(Path.Combine(run, "run.json")) && steps.Exists ? steps.Length / sizeof(float) : 0;
    }
}
