using System.Text.Json.Nodes;
using Regimen.Recording;
using Regimen.Runs;
using Regimen.Safetensors;
using TorchSharp;
using static TorchSharp.torch;

namespace Regimen.Tests.TestKit;

/// <summary>Turns runs into those of versions that did not have a key of the config yet.</summary>
internal static class OldRuns
{
    /// <summary>Removes keys from config.yaml and from the config in each checkpoint.</summary>
    /// <param name="run">The run's folder.</param>
    /// <param name="keys">Full keys with values of one line: <c>trainer.max_minutes</c>, or a group that is none.</param>
    public static void RemoveKeys(string run, params string[] keys)
    {
        string config = Path.Combine(run, "config.yaml");
        string[] lines = File.ReadAllLines(config);
        string[] left = [.. lines.Where(l => !keys.Any(k => l.StartsWith(k.Contains('.', StringComparison.Ordinal) ? $"  {k.Split('.')[1]}: " : $"{k}: ", StringComparison.Ordinal)))];
        Assert.Equal(lines.Length - keys.Length, left.Length);
        File.WriteAllLines(config, left);

        var store = new CheckpointStore(Path.Combine(run, "checkpoints"), keep: 99);
        using DisposeScope scope = NewDisposeScope();
        foreach (CheckpointEntry entry in store.Index.Checkpoints)
        {
            SafetensorsFile model = store.Read(entry, CheckpointStore.ModelFile);
            SafetensorsFile training = store.Read(entry, CheckpointStore.TrainingFile);
            JsonObject json = JsonNode.Parse(model.Metadata["regimen.config"])!.AsObject();
            foreach (string[] path in keys.Select(k => k.Split('.')))
            {
                Assert.True((path.Length == 1 ? json : json[path[0]]!.AsObject()).Remove(path[^1]));
            }

            var metadata = new Dictionary<string, string>(model.Metadata) { ["regimen.config"] = json.ToJsonString() };
            using var content = new CheckpointContent(Tensors(model), metadata, Tensors(training), training.Metadata);
            store.Save(new Progress(entry.Epoch, entry.Step), entry.Name.Contains("step", StringComparison.Ordinal), store.Index.Best == entry.Name, content);
        }
    }

    private static KeyValuePair<string, Tensor>[] Tensors(SafetensorsFile file) => [.. file.Entries.Select(e => KeyValuePair.Create(e.Name, file.ToTensor(e)))];
}
