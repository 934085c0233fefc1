using System.Text.Json.Nodes;
using Regimen.Recording;
using Regimen.Runs;
using Regimen.Safetensors;
using Regimen.Tests.TestKit;
using Regimen.Training;

namespace Regimen.Tests.Experiments;

/// <summary>The folder of a process that is killed between two steps has only the data passed to the operating system until then. After a
/// resume, all files are complete.</summary>
public sealed class KilledAtAnyMomentTests : IDisposable
{
    // Seven steps per epoch, the last with fewer samples; a validation and a checkpoint at every second step.
    private static readonly string[] Config =
        ["trainer.epochs=2", "loader.batch_size=3", "data.limit=25", "trainer.validate_every_steps=2", "checkpoint.every_steps=2", "early_stopping=none"];

    private readonly TinyExperiment _runs = new();

    [Fact]
    public void All_files_are_complete_after_a_resume()
    {
        var copies = new List<string>();
        string? running = null;
        string whole = _runs.Train(Config, e =>
        {
            running ??= Directory.GetDirectories(_runs.Runs).Single();
            if (e is TrainEvent.StepTaken { State.At.Step: var step } && step % 3 == 1 && step > 3)
            {
                WaitForCheckpointBefore(running, step);
                copies.Add(Copy(running));
            }
        });
        RunBits expected = RunBits.Of(whole);
        Assert.InRange(copies.Count, 3, 9);
        foreach (string copy in copies)
        {
            Assert.Equal("running", (string?)JsonNode.Parse(File.ReadAllText(Path.Combine(copy, "run.json")))!["status"]);
            _runs.Resume(copy);
            expected.AssertEqual(RunBits.Of(copy));
        }
    }

    [Fact]
    public void A_missing_log_line_of_the_last_checkpoint_is_added()
    {
        string run = _runs.TrainUntil(4, TinyExperiment.TwelveSteps);
        string log = Path.Combine(run, "train.log");
        string text = File.ReadAllText(log);
        int line = text.IndexOf("Z INF checkpoint epoch-0002-step-000004", StringComparison.Ordinal);
        Assert.True(line > 0);
        File.WriteAllText(log, text[..(line - 5)]);
        _runs.Resume(run);
        string[] lines = File.ReadAllLines(log);
        int at = Array.FindIndex(lines, l => l.EndsWith("checkpoint epoch-0002-step-000004", StringComparison.Ordinal));
        Assert.Contains("resumed from checkpoint epoch-0002-step-000004", lines[at + 1], StringComparison.Ordinal);
        Assert.All(lines, l => Assert.DoesNotMatch("Z .*[0-9]Z (INF|WRN)", l));
    }

    [Fact]
    public void A_checkpoint_of_format_version_1_resumes_to_the_same_bits()
    {
        RunBits whole = RunBits.Of(_runs.Train(Config));
        string run = _runs.TrainUntil(9, Config);
        var store = new CheckpointStore(Path.Combine(run, "checkpoints"), keep: 9);
        using (TorchSharp.torch.NewDisposeScope())
        {
            foreach (CheckpointEntry entry in store.Index.Checkpoints)
            {
                SafetensorsFile model = store.Read(entry, CheckpointStore.ModelFile);
                SafetensorsFile training = store.Read(entry, CheckpointStore.TrainingFile);
                using ResumePoint point = CheckpointReader.Read(store, entry, needsBest: false);
                var metadata = new Dictionary<string, string>(training.Metadata)
                {
                    ["format_version"] = "1",
                    ["history"] = new JsonArray([.. point.History.Passes.Select(MetricsFile.Row)]).ToJsonString(),
                };
                metadata.Remove("history_rows");
                metadata.Remove("history_sha256");
                using var content = new CheckpointContent(Tensors(model), model.Metadata, Tensors(training), metadata);
                store.Save(point.At, entry.Name.Contains("step", StringComparison.Ordinal), store.Index.Best == entry.Name, content);
            }
        }

        _runs.Resume(run);
        whole.AssertEqual(RunBits.Of(run));

        static KeyValuePair<string, TorchSharp.torch.Tensor>[] Tensors(SafetensorsFile file) => [.. file.Entries.Select(e => KeyValuePair.Create(e.Name, file.ToTensor(e)))];
    }

    [Fact]
    public void The_size_of_a_checkpoint_does_not_depend_on_the_history()
    {
        long Size(int epochs)
        {
            string run = _runs.Train([.. TinyExperiment.TwelveSteps, $"trainer.epochs={epochs}"]);
            var store = new CheckpointStore(Path.Combine(run, "checkpoints"));
            return new FileInfo(Path.Combine(store.FolderOf(store.Find("last")), CheckpointStore.TrainingFile)).Length;
        }

        Assert.InRange(Size(61) - Size(7), -64, 64);
    }

    public void Dispose() => _runs.Dispose();

    /// <summary>Waits for the checkpoint of the last due step, which is written on another thread.</summary>
    private static void WaitForCheckpointBefore(string run, long step)
    {
        string index = Path.Combine(run, "checkpoints", "index.json");
        long due = step % 7 == 1 ? step - 1 : (step - 1) / 2 * 2;
        Assert.True(SpinWait.SpinUntil(() => File.Exists(index) && CheckpointIndex.Read(index).Checkpoints.Any(c => c.Step == due), TimeSpan.FromMinutes(1)));
        string name = CheckpointIndex.Read(index).Last!;
        Assert.True(SpinWait.SpinUntil(() => Lines(run).Any(l => l.Contains($"checkpoint {name}", StringComparison.Ordinal)), TimeSpan.FromMinutes(1)));
    }

    private static string[] Lines(string run)
    {
        using var reader = new StreamReader(new FileStream(Path.Combine(run, "train.log"), FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        return reader.ReadToEnd().Split('\n');
    }

    private string Copy(string run)
    {
        string copy = $"{run}-killed-{Directory.GetDirectories(_runs.Runs).Length}";
        foreach (string file in Directory.GetFiles(run, "*", SearchOption.AllDirectories).Where(f => Path.GetFileName(f) != ".lock"))
        {
            string target = Path.Combine(copy, Path.GetRelativePath(run, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            using var from = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            using FileStream to = File.Create(target);
            from.CopyTo(to);
        }

        return copy;
    }
}
