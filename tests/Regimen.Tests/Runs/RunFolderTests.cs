using Regimen.Runs;
using Regimen.Tests.TestKit;

namespace Regimen.Tests.Runs;

public sealed class RunFolderTests
{
    [Fact]
    public void A_new_folder_that_never_became_a_runs_is_removed_and_no_other()
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
    public void It_is_named_by_the_UTC_time_and_the_run_and_numbered_within_a_second()
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
    public void Its_files_have_the_documented_names()
    {
        using var folder = new TemporaryFolder();
        using RunFolder run = RunFolder.Create(folder.FullPath, "x", StoppedClock.AtNoon);
        string[] paths = [run.ConfigFile, run.ManifestFile, run.LogFile, run.MetricsFile, run.StepsFile, run.CheckpointsFolder];
        Assert.Equal(["config.yaml", "run.json", "train.log", "metrics.jsonl", "steps.f32", "checkpoints"], paths.Select(p => Path.GetRelativePath(run.FullPath, p)));
    }

    [Fact]
    public void Runs_that_begin_at_once_have_folders_of_their_own()
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
    public void A_run_in_use_lets_nobody_else_write_until_it_is_let_go()
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
    public void A_lock_that_cannot_be_written_is_not_taken_for_one_that_is_held()
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
    public void The_latest_run_is_the_one_that_started_last_whatever_its_name()
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

        // A run of the second before whose name sorts behind all of these.
        string older = folder["renamed"];
        Directory.Move(runs[0], older);
        Manifests.Running(clock.Now.AddSeconds(-1)).Write(Path.Combine(older, "run.json"));
        Assert.EndsWith("_x-10", Latest(), StringComparison.Ordinal);

        Manifests.Running(clock.Now.AddSeconds(1)).Write(Path.Combine(older, "run.json"));
        Assert.Equal(older, Latest());

        // A damaged run does not hide the others, and does not hide itself: its name says when it began.
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
    public void A_run_that_is_not_there_is_refused_and_not_made(string asked)
    {
        using var folder = new TemporaryFolder();
        Assert.Throws<RequestException>(() => RunFolder.Find(asked, "runs", folder.FullPath));
        Assert.Empty(Directory.GetFileSystemEntries(folder.FullPath));
    }

    [Theory]
    [InlineData("x/y")]
    [InlineData("nul\0")]
    public void A_name_that_is_no_folder_is_refused(string name)
    {
        using var folder = new TemporaryFolder();
        Assert.Throws<RequestException>(() => RunFolder.Create(folder.FullPath, name, StoppedClock.AtNoon));
        Assert.Throws<RequestException>(() => RunFolder.Create(folder.FullPath, new string('x', 300), StoppedClock.AtNoon));
        Assert.Empty(Directory.GetFileSystemEntries(folder.FullPath));
    }

    [Fact]
    public void A_root_that_cannot_be_written_is_refused_with_its_path()
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
