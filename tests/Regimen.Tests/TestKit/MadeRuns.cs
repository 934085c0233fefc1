using System.Globalization;
using System.Text;
using Regimen.Runs;

namespace Regimen.Tests.TestKit;

/// <summary>Makes run folders without training.</summary>
internal static class MadeRuns
{
    /// <summary>Makes the folder of a run that has ended.</summary>
    /// <param name="root">The folder of all runs.</param>
    /// <param name="name">The name of the folder.</param>
    /// <param name="lr">The learning rate in its config.</param>
    /// <param name="seed">The seed.</param>
    /// <param name="loss">The final validation loss; the accuracy is 1 minus a tenth of it.</param>
    /// <param name="model">The model.</param>
    /// <param name="change">A change to the manifest.</param>
    /// <returns>The folder's path.</returns>
    public static string Make(TemporaryFolder root, string name, double lr = 0.001, ulong seed = 42, double loss = 0.5, string model = "mlp", Func<RunManifest, RunManifest>? change = null)
    {
        string folder = root[name];
        Directory.CreateDirectory(folder);
        double accuracy = 1 - (loss / 10);
        RunManifest manifest = Manifests.Running() with
        {
            Status = RunStatus.Finished,
            Seed = seed,
            Model = model,
            Epochs = 2,
            Steps = 14,
            BestEpoch = 2,
            BestStep = 14,
            Seconds = 9,
            Plan = new RunPlan(2, 14, 7),
            Val = new Dictionary<string, double?> { ["loss"] = loss, ["accuracy"] = accuracy },
        };
        (change?.Invoke(manifest) ?? manifest).Write(Path.Combine(folder, "run.json"));
        root.Write($"{name}/config.yaml", Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"""
            seed: {seed}
            name: null
            model:
              name: {model}
              hidden: [128]
            optimizer:
              name: adamw
              lr: {lr:R}
              betas: [0.9, 0.999]
            rename: {"{}"}
            early_stopping:
              monitor: val.loss
              mode: null

            """)));
        root.Write($"{name}/metrics.jsonl", Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $$"""
            {"epoch":1,"step":7,"split":"train","loss":2.5,"lr":{{lr:R}},"samples":70,"seconds":3,"epoch_seconds":4}
            {"epoch":1,"step":7,"split":"val","loss":{{loss + 1:R}},"accuracy":0.25,"samples":9,"seconds":0.5}
            {"epoch":2,"step":14,"split":"train","loss":1.5,"lr":{{lr:R}},"samples":70,"seconds":3,"epoch_seconds":5}
            {"epoch":2,"step":14,"split":"val","loss":{{loss:R}},"accuracy":{{accuracy:R}},"samples":9,"seconds":0.5}

            """)));
        root.Write($"{name}/steps.f32", new byte[4 * 14]);
        return folder;
    }
}
