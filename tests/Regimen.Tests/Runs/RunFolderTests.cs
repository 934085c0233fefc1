using Regimen.Runs;
using Regimen.Tests.TestKit;

namespace Regimen.Tests.Runs;

public sealed class RunFolderTests
{
    [Fact]
    public void RemoveUnlessBegun_removes_only_a_new_folder_without_a_manifest()
    {
        using var root = new TemporaryFolder();
        using (RunFolder folder = RunFolder.Create(root.FullPath, "a", StoppedClock.AtNoon))
        {
            File.WriteAllText(folder.LogFile, "begun");
            folder.RemoveUnlessBegun();
            Assert.False(Directory.Exists(folder.FullPath));
        }

        using (RunFolder folder = RunFolder.Create(root.FullPath, "b", StoppedClock.AtNoon))
        {
            Manifests.Running().Write(folder.ManifestFile);
            folder.RemoveUnlessBegun();
            Assert.True(File.Exists(folder.ManifestFile));
            using RunFolder found = RunFolder.Find(folder.FullPath, root.FullPath, root.FullPath);
            File.Delete(folder.ManifestFile);
            found.RemoveUnlessBegun();
            Assert.True(Directory.Exists(folder.FullPath));
        }
    }

    [Fact]
    public void The_name_is_the_UTC_time_and_the_run_with_a_number_within_a_second()
    {
        using var folder = new TemporaryFolder();
        string[] names = [.. Enumerable.Range(0, 3).Select(_ =>
        {
            using RunFolder run = RunFolder.Create(folder["runs"], "mnist-mlp", StoppedClock.AtNoon);
            Assert.True(Directory.Exists(run.FullPath));
            Assert.Equal(Path.Combine(folder["runs"], run.Name), run.FullPath);
            return run.Name;
        })];
        Assert.Equal(["2026-11-23_12-03-22_mnist-mlp", "2026-11-23_12-03-22_mnist-mlp-2", "2026-11-23_12-03-22_mnist-mlp-3"], names);
    }

    [Fact]
    public void The_files_have_the_documented_names()
    {
        using var folder = new TemporaryFolder();
        using RunFolder run = RunFolder.Create(folder.FullPath, "x", StoppedClock.AtNoon);
        string[] paths = [run.ConfigFile, run.ManifestFile, run.LogFile, run.MetricsFile, run.StepsFile, run.CheckpointsFolder];
        Assert.Equal(["config.yaml", "run.json", "train.log", "metrics.jsonl", "steps.f32", "checkpoints"], paths.Select(p => Path.GetRelativePath(run.FullPath, p)));
    }

    [Fact]
    public void Runs_started_at_the_same_time_have_different_folders()
    {
        using var folder = new TemporaryFolder();
        using var together = new Barrier(8);
        var runs = new RunFolder[8];
        Thread[] threads = [.. runs.Select((_, i) => new Thread(() =>
        {
            together.SignalAndWait();
            runs[i] = RunFolder.Create(folder.FullPath, "x", StoppedClock.AtNoon);
        }))];
        Array.ForEach(threads, t => t.Start());
        Array.ForEach(threads, t => t.Join());
        Assert.Equal(8, runs.Select(r => r.FullPath).Distinct().Count());
        Array.ForEach(runs, r => r.Dispose());
    }

    [Fact]
    public void A_locked_run_can_be_locked_again_only_after_its_release()
    {
        using var folder = new TemporaryFolder();
        RunFolder first = Create(folder.FullPath, "x");
        using RunFolder second = RunFolder.Find("latest", folder.FullPath, folder.FullPath);
        for (int i = 0; i < 2; i++)
        {
            Problem problem = Assert.Throws<RequestException>(second.Lock).Problems[0];
            Assert.Equal("Another process is using this run", problem.Message);
            Assert.Equal(first.FullPath, problem.Where);
        }

        first.Dispose();
        second.Lock();
        second.Lock();
        using RunFolder third = RunFolder.Find("latest", folder.FullPath, folder.FullPath);
        Assert.Throws<RequestException>(third.Lock);
    }

    [Fact]
    public void A_lock_file_that_is_not_writable_is_reported_as_such()
    {
        using var folder = new TemporaryFolder();
        Create(folder.FullPath, "x").Dispose();
        using RunFolder run = RunFolder.Find("latest", folder.FullPath, folder.FullPath);
        File.Delete(Path.Combine(run.FullPath, ".lock"));
        Directory.CreateDirectory(Path.Combine(run.FullPath, ".lock"));
        Assert.StartsWith("The run's folder can't be written to", Assert.Throws<RequestException>(run.Lock).Problems[0].Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_run_is_found_by_path_and_by_name()
    {
        using var folder = new TemporaryFolder();
        using RunFolder made = Create(folder["runs"], "x");
        string name = made.Name;
        foreach (string asked in new[] { name, made.FullPath, made.FullPath + "/", $"runs/{name}", $"./runs/{name}/" })
        {
            using RunFolder found = RunFolder.Find(asked, "runs", folder.FullPath);
            Assert.Equal(made.FullPath, found.FullPath);
            Assert.Equal(name, found.Name);
        }
    }

    [Fact]
    public void The_latest_run_is_the_one_that_started_last()
    {
        using var folder = new TemporaryFolder();
        StoppedClock clock = StoppedClock.AtNoon;
        var runs = new List<string>();
        for (int i = 0; i < 10; i++)
        {
            using RunFolder run = Create(folder.FullPath, "x", clock.Now);
            runs.Add(run.FullPath);
        }

        Directory.CreateDirectory(folder["zzz-not-a-run"]);
        Assert.EndsWith("_x-10", Latest(), StringComparison.Ordinal);

        // A run of the previous second whose name sorts after all of these.
        string older = folder["renamed"];
        Directory.Move(runs[0], older);
        Manifests.Running(clock.Now.AddSeconds(-1)).Write(Path.Combine(older, "run.json"));
        Assert.EndsWith("_x-10", Latest(), StringComparison.Ordinal);

        Manifests.Running(clock.Now.AddSeconds(1)).Write(Path.Combine(older, "run.json"));
        Assert.Equal(older, Latest());

        // A damaged run neither hides the others nor is hidden: its name contains its start time.
        using RunFolder damaged = RunFolder.Create(folder.FullPath, "y", new StoppedClock(clock.Now.AddDays(1)));
        File.WriteAllText(damaged.ManifestFile, "{");
        Assert.Equal(damaged.FullPath, Latest());

        string Latest()
        {
            using RunFolder run = RunFolder.Find("latest", folder.FullPath, folder.FullPath);
            return run.FullPath;
        }
    }

    [Theory]
    [InlineData("latest")]
    [InlineData("2026-01-01_00-00-00_none")]
    [InlineData("")]
    [InlineData("a\0b")]
    public void A_missing_run_is_refused_and_not_created(string asked)
    {
        using var folder = new TemporaryFolder();
        Assert.Throws<RequestException>(() => RunFolder.Find(asked, "runs", folder.FullPath));
        Assert.Empty(Directory.GetFileSystemEntries(folder.FullPath));
    }

    [Theory]
    [InlineData("x/y")]
    [InlineData("nul\0")]
    public void An_invalid_folder_name_is_refused(string name)
    {
        using var folder = new TemporaryFolder();
        Assert.Throws<RequestException>(() => RunFolder.Create(folder.FullPath, name, StoppedClock.AtNoon));
        Assert.Throws<RequestException>(() => RunFolder.Create(folder.FullPath, new string('x', 300), StoppedClock.AtNoon));
        Assert.Empty(Directory.GetFileSystemEntries(folder.FullPath));
    }

    [Fact]
    public void A_runs_folder_that_is_not_writable_is_refused_with_its_path()
    {
        using var folder = new TemporaryFolder();
        folder.Write("file", []);
        Problem problem = Assert.Throws<RequestException>(() => RunFolder.Create(folder["file"], "x", StoppedClock.AtNoon)).Problems[0];
        Assert.Equal(folder["file"], problem.Where);
        Assert.Contains("runs=FOLDER", problem.Hint, StringComparison.Ordinal);
    }

    private static RunFolder Create(string root, string name, DateTimeOffset? started = null)
    {
        RunFolder run = RunFolder.Create(root, name, StoppedClock.AtNoon);
        Manifests.Running(started).Write(run.ManifestFile);
        return run;
    }
}
