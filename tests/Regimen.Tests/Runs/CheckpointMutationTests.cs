using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using Regimen.Recording;
using Regimen.Reproducibility;
using Regimen.Runs;
using Regimen.Safetensors;
using Regimen.Tests.TestKit;
using Regimen.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Regimen.Tests.Runs;

/// <summary>Tests damaged checkpoints: each is refused, or loads the same content because the damage does not matter. It never crashes or
/// loads other weights.</summary>
public sealed class CheckpointMutationTests : IDisposable
{
    private static readonly int Mutations = Environment.GetEnvironmentVariable("REGIMEN_LONG") == "1" ? 2000 : 300;
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };
    private readonly TemporaryFolder _folder = new();
    private readonly RecordedRun _run;

    public CheckpointMutationTests()
    {
        _run = new RecordedRun(_folder.FullPath, new CheckpointOptions { Keep = 9, EverySteps = 2 });
        _run.Train(new TrainOptions { Epochs = 2, EarlyStopping = new() { Patience = 9 } });
        _run.Recorder.Complete("x");
        _run.Recorder.Dispose();
    }

    [Fact]
    public void Hundreds_of_damaged_files()
    {
        using DisposeScope scope = NewDisposeScope();
        string[] names = [.. _run.Checkpoints.Index.Checkpoints.Select(c => c.Name)];
        Dictionary<string, string> expected = names.ToDictionary(n => n, n => Content(_run.Checkpoints, n));
        string[] files = [.. Directory.GetFiles(_run.Folder.CheckpointsFolder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];
        int refused = 0;
        for (int i = 0; i < Mutations; i++)
        {
            RandomStream random = RandomStream.For(5, RandomPurpose.Order, index: i);
            string file = files[random.NextInt32(files.Length)];
            byte[] original = File.ReadAllBytes(file);
            File.WriteAllBytes(file, Mutated(original, ref random));
            try
            {
                var store = new CheckpointStore(_run.Folder.CheckpointsFolder);
                foreach (CheckpointEntry entry in store.Index.Checkpoints)
                {
                    try
                    {
                        Assert.Equal(expected[entry.Name], Content(store, entry.Name));
                    }
                    catch (RequestException)
                    {
                        refused++;
                    }
                }
            }
            catch (RequestException)
            {
                refused++;
            }

            File.WriteAllBytes(file, original);
        }

        Assert.InRange(refused, Mutations * 9 / 10, Mutations * names.Length);
    }

    [Fact]
    public void Damage_with_matching_checksums_is_refused_with_a_message()
    {
        using DisposeScope scope = NewDisposeScope();
        CheckpointEntry entry = _run.Checkpoints.Index.Checkpoints[^1];
        string path = Path.Combine(_run.Checkpoints.FolderOf(entry), CheckpointStore.TrainingFile);
        byte[] original = File.ReadAllBytes(path);
        for (int i = 0; i < 300; i++)
        {
            RandomStream random = RandomStream.For(6, RandomPurpose.Order, index: i);
            byte[] mutated = Mutated(original, ref random);
            File.WriteAllBytes(path, mutated);
            Sign(entry.Name, CheckpointStore.TrainingFile, mutated);
            try
            {
                CheckpointReader.Read(_run.Checkpoints, entry with { Sha256 = _run.Checkpoints.Find(entry.Name).Sha256 }, needsBest: true).Dispose();
            }
            catch (RequestException refusal)
            {
                Assert.All(refusal.Problems, p => Assert.NotEmpty(p.Message));
            }
        }
    }

    [Theory]
    [InlineData("format_version", "3", "written by another version")]
    [InlineData("history", "[{}]", "damaged")]
    [InlineData("history", "nonsense", "damaged")]
    [InlineData("history", "[{\"epoch\":1,\"epoch\":1}]", "damaged")]
    [InlineData("history_rows", "x", "damaged")]
    [InlineData("history_rows", "99", "fewer rows than the run")]
    [InlineData("history_rows", "1", "has changed since")]
    [InlineData("history_sha256", "00", "has changed since")]
    [InlineData("running", "{\"Samples\":1,\"Samples\":2}", "damaged")]
    [InlineData("best", "{\"epoch\":1,\"epoch\":2,\"step\":3}", "damaged")]
    [InlineData("running", "{}", "damaged")]
    [InlineData("best", "{\"epoch\":1}", "damaged")]
    public void The_metadata_of_a_checkpoint_is_checked(string key, string value, string message)
    {
        CheckpointEntry entry = _run.Checkpoints.Index.Checkpoints[^1];
        string path = Path.Combine(_run.Checkpoints.FolderOf(entry), CheckpointStore.TrainingFile);
        SafetensorsFile file = SafetensorsFile.Read(path);
        File.Delete(path);
        SafetensorsWriter.Write(
            path, [.. file.Entries.Select(e => KeyValuePair.Create(e.Name, file.ToTensor(e)))], new Dictionary<string, string>(file.Metadata) { [key] = value });
        Sign(entry.Name, CheckpointStore.TrainingFile, File.ReadAllBytes(path));
        RequestException refusal = Assert.Throws<RequestException>(() => CheckpointReader.Read(_run.Checkpoints, _run.Checkpoints.Find(entry.Name), needsBest: true));
        Assert.Contains(message, refusal.Problems[0].Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_changed_digit_of_the_index_is_detected()
    {
        string index = Path.Combine(_run.Folder.CheckpointsFolder, "index.json");
        string text = File.ReadAllText(index);
        File.WriteAllText(index, text.Replace("\"last\": \"epoch-0002\"", "\"last\": \"epoch-0001\"", StringComparison.Ordinal));
        Assert.NotEqual(text, File.ReadAllText(index));
        RequestException refusal = Assert.Throws<RequestException>(() => _run.Checkpoints);
        Assert.Contains("sha256", refusal.Problems[0].Message, StringComparison.Ordinal);
    }

    public void Dispose()
    {
        _run.Dispose();
        _folder.Dispose();
    }

    private static byte[] Mutated(byte[] bytes, ref RandomStream random)
    {
        byte[] copy = [.. bytes];
        int at = random.NextInt32(copy.Length);
        switch (random.NextInt32(5))
        {
            case 0:
                copy[at] ^= (byte)(1 << random.NextInt32(8));
                return copy;
            case 1:
                copy[at] = (byte)random.NextInt32(256);
                return copy;
            case 2:
                return copy[..at];
            case 3:
                return [.. copy[..at], .. copy[Math.Min(copy.Length, at + 1 + random.NextInt32(16))..]];
            default:
                return [.. copy[..at], (byte)random.NextInt32(256), .. copy[at..]];
        }
    }

    /// <summary>Returns the whole content of a checkpoint as text.</summary>
    private static string Content(CheckpointStore store, string name)
    {
        using ResumePoint point = CheckpointReader.Read(store, store.Find(name), needsBest: true);
        IEnumerable<string> tensors = point.Model.Concat(point.OptimizerState).Concat(point.Best ?? new Dictionary<string, Tensor>())
            .Select(t => $"{t.Key} {string.Join(',', t.Value.shape)} {Convert.ToHexString(t.Value.bytes)}");
        return string.Join('\n', [$"{point.At}", .. point.History.Passes.Select(p => MetricsFile.Row(p).ToJsonString()), .. tensors]);
    }

    /// <summary>Writes the digest of a file's bytes into the index.</summary>
    private void Sign(string checkpoint, string file, byte[] bytes)
    {
        string path = Path.Combine(_run.Folder.CheckpointsFolder, "index.json");
        JsonObject index = JsonNode.Parse(File.ReadAllText(path))!.AsObject();
        index["checkpoints"]!.AsArray().Single(c => (string)c!["name"]! == checkpoint)!["sha256"]![file] = Convert.ToHexStringLower(SHA256.HashData(bytes));
        index["sha256"] = null;
        byte[] content = JsonSerializer.SerializeToUtf8Bytes(index, Indented);
        index["sha256"] = Convert.ToHexStringLower(SHA256.HashData(content));
        File.WriteAllBytes(path, JsonSerializer.SerializeToUtf8Bytes(index, Indented));
    }
}
