using System.Globalization;
using System.Text.Json.Nodes;
using Regimen.Reproducibility;
using Regimen.SweepFiles;
using Regimen.Tests.TestKit;

namespace Regimen.Tests.Sweeps;

/// <summary>Tests the command <c>cv</c> with real processes.</summary>
[Collection(OtherProcesses.Name)]
public sealed class CrossValidationTests : IDisposable
{
    private const int Rows = 61;
    private static readonly int Kills = Environment.GetEnvironmentVariable("REGIMEN_LONG") == "1" ? 20 : 1;
    private static readonly string[] Flowers = ["data=csv", "data.path=iris.csv", "data.target=[species]", "data.drop=[who]", "trainer.epochs=3", "checkpoint.every_steps=1"];
    private readonly ProjectFolder _project = new();

    public CrossValidationTests() => Write(_project);

    private static string Folder(ProjectFolder project) => Directory.GetDirectories(project.Runs, "*_cv-*").Single();

    public void Dispose() => _project.Dispose();

    [Fact]
    public void Each_fold_is_a_run_and_each_sample_is_predicted_by_the_model_that_did_not_see_it()
    {
        string[] command = ["cv", "folds=3", "cv.group=who", "cv.stratify=auto", .. Flowers];
        JsonNode document = _project.DoAsProcess([.. command, "--json", "--jobs", "2"]).Ends(0).Json;
        string folder = Folder(_project);
        Assert.Equal(["folder", "status", "folds", "mean", "std", "predictions"], document.AsObject().Select(p => p.Key));
        Assert.Equal((folder, "finished", 3), ((string?)document["folder"], (string?)document["status"], document["folds"]!.AsArray().Count));

        // The table: the mean, and the deviation of the sample.
        double[] accuracies = [.. document["folds"]!.AsArray().Select(f => (double)f!["metrics"]!["test.accuracy"]!)];
        double mean = accuracies.Average();
        Assert.Equal(mean, (double)document["mean"]!["test.accuracy"]!, 12);
        Assert.Equal(Math.Sqrt(accuracies.Sum(a => (a - mean) * (a - mean)) / 2), (double)document["std"]!["test.accuracy"]!, 12);

        // Every row once, no group in two folds; the right share of them is predicted as the fold's accuracy says.
        string[][] rows = [.. File.ReadAllLines(Path.Combine(folder, "predictions.csv")).Select(l => l.Split(','))];
        Assert.Equal(["row", "repeat", "fold", "target", "prediction", "probability_setosa", "probability_versicolor", "probability_virginica"], rows[0]);
        string[][] table = [.. File.ReadAllLines(_project.Folder["iris.csv"]).Skip(1).Select(l => l.Split(','))];
        Assert.Equal(Enumerable.Range(0, Rows), rows.Skip(1).Select(r => int.Parse(r[0], CultureInfo.InvariantCulture)));
        Assert.All(rows.Skip(1), r => Assert.Equal(table[int.Parse(r[0], CultureInfo.InvariantCulture)][^2], r[3]));
        Assert.All(rows.Skip(1).GroupBy(r => table[int.Parse(r[0], CultureInfo.InvariantCulture)][^1]), g => Assert.Single(g.Select(r => r[2]).Distinct()));
        for (int fold = 1; fold <= 3; fold++)
        {
            string[][] ofFold = [.. rows.Skip(1).Where(r => r[2] == $"{fold}")];
            Assert.Equal(accuracies[fold - 1], ofFold.Count(r => r[3] == r[4]) / (double)ofFold.Length, 12);
        }

        // The values of predict with the fold's run, on the same rows.
        string run = Path.Combine(folder, "trials", "0002");
        string[][] second = [.. rows.Skip(1).Where(r => r[2] == "2")];
        string[] lines = File.ReadAllLines(_project.Folder["iris.csv"]);
        _project.Folder.Write("fold.csv", string.Join('\n', [lines[0], .. second.Select(r => lines[int.Parse(r[0], CultureInfo.InvariantCulture) + 1])]) + "\n");
        JsonArray predicted = _project.DoAsProcess("predict", run, "fold.csv", "--json").Ends(0).Json.AsArray();
        Assert.Equal(second.Select(r => r[4]), predicted.Select(p => (string?)p!["class"]));
        Assert.Equal(second.Select(r => double.Parse(r[6], CultureInfo.InvariantCulture)), predicted.Select(p => (double)p!["probabilities"]!["versicolor"]!));

        // A fold's run is enough to get it again.
        Assert.Contains("identical: ", _project.DoAsProcess("verify", run, "--quiet").Ends(0).Out, StringComparison.Ordinal);

        string[] results = File.ReadAllLines(Path.Combine(folder, "results.csv"));
        Assert.StartsWith("number,data.repeat,data.fold,seed,status,epochs,steps,test.accuracy,", results[0], StringComparison.Ordinal);
        Assert.Equal(4, results.Length);
    }

    [Fact]
    public void A_killed_cross_validation_resumes_to_the_same_results()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no SIGKILL.");
        string[] command = ["cv", "folds=2", "repeats=" + (Kills > 1 ? "3" : "1"), "--quiet", .. Flowers];
        using var undisturbed = new ProjectFolder();
        Write(undisturbed);
        undisturbed.DoAsProcess([.. command, "--jobs", "1"]).Ends(0);
        RandomStream random = RandomStream.For(29, RandomPurpose.Order);
        for (int killed = 0; killed < Kills;)
        {
            using var project = new ProjectFolder();
            Write(project);
            for (bool hasEnded = false; !hasEnded && killed < Kills;)
            {
                using CommandProcess process = CommandProcess.Regimen(project.Folder.FullPath, HasBegun(project) ? ["cv", "--resume", "latest", "--quiet", "--jobs", "2"] : [.. command, "--jobs", "2"]);
                long until = Written(project) + 1 + random.NextInt32(3_000);
                hasEnded = !process.WaitUntil(() => HasBegun(project) && Written(project) >= until);
                if (!hasEnded)
                {
                    process.KillNow();
                    killed++;
                }
            }

            project.DoAsProcess("cv", "--resume", Path.GetFileName(Folder(project)), "--quiet", "--jobs", "1").Ends(0);
            Assert.All(["results.csv", "predictions.csv"], file => Assert.Equal(File.ReadAllText(Path.Combine(Folder(undisturbed), file)), File.ReadAllText(Path.Combine(Folder(project), file))));
        }
    }

    [Fact]
    public void A_stopped_cross_validation_saves_checkpoints_and_says_how_to_continue()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no SIGTERM.");
        using CommandProcess process = CommandProcess.Regimen(_project.Folder.FullPath, ["cv", "folds=2", "--jobs", "1", .. Flowers, "trainer.epochs=1000000", "early_stopping=none"]);
        Assert.True(process.WaitUntil(() => HasBegun(_project) && Written(_project) > 0));
        process.Signal(System.Runtime.InteropServices.PosixSignal.SIGTERM);
        CommandOutput output = process.WaitForEnd().Ends(143);
        Assert.Contains("regimen cv --resume ", output.Out, StringComparison.Ordinal);
        SweepRecord record = SweepRecord.Read(Path.Combine(Folder(_project), CrossValidationPlan.FileName));
        Assert.Equal((SweepStatus.Interrupted, TrialStatus.Waiting), (record.Status, record.Trials[0].Status));
        Assert.False(File.Exists(Path.Combine(Folder(_project), "predictions.csv")));
    }

    [Fact]
    public void A_regression_is_predicted_in_its_own_units()
    {
        _project.Folder.Write("houses.csv", Tables.ExpensiveHouses(53));
        string text = _project.DoAsProcess("cv", "folds=2", "data=csv", "data.path=houses.csv", "data.target=[price]", "objective=mse", "early_stopping=none", "trainer.epochs=4", "data.validation_fraction=0").Ends(0).Out;
        Assert.Contains("\nmean ", text, StringComparison.Ordinal);
        Assert.Contains("\nstd ", text, StringComparison.Ordinal);
        string[][] rows = [.. File.ReadAllLines(Path.Combine(Folder(_project), "predictions.csv")).Select(l => l.Split(','))];
        Assert.Equal(["row", "repeat", "fold", "target", "prediction"], rows[0]);
        string[] prices = [.. File.ReadAllLines(_project.Folder["houses.csv"]).Skip(1).Select(l => l.Split(',')[3])];
        Assert.Equal(prices, rows.Skip(1).Select(r => double.Parse(r[3], CultureInfo.InvariantCulture).ToString("0", CultureInfo.InvariantCulture)));
        Assert.All(rows.Skip(1), r => Assert.InRange(double.Parse(r[4], CultureInfo.InvariantCulture), 10_000, 4_000_000));
    }

    /// <summary>Writes flowers of 11 people.</summary>
    internal static void Write(ProjectFolder project)
    {
        string[] lines = Tables.Iris(Rows).Replace("\"north, upper\"", "north", StringComparison.Ordinal).TrimEnd('\n').Split('\n');
        project.Folder.Write("iris.csv", string.Join('\n', lines.Select((line, i) => i == 0 ? $"{line},who" : $"{line},p{i * i % 11}")) + "\n");
    }

    private static bool HasBegun(ProjectFolder project) => Directory.Exists(project.Runs) && Directory.GetDirectories(project.Runs).Any(d => File.Exists(Path.Combine(d, CrossValidationPlan.FileName)));

    /// <summary>The number of bytes of losses and metrics that all runs have recorded.</summary>
    private static long Written(ProjectFolder project)
    {
        string trials = HasBegun(project) ? Path.Combine(Folder(project), "trials") : "none";
        return Directory.Exists(trials) ? Directory.GetDirectories(trials).Sum(t => Size(Path.Combine(t, "metrics.jsonl")) + Size(Path.Combine(t, "steps.f32"))) : 0;
    }

    private static long Size(string file) => new FileInfo(file) is { Exists: true } info ? info.Length : 0;
}
