using Regimen.Experiments;
using Regimen.Recording;
using Regimen.Runs;
using Regimen.Tests.TestKit;
using TorchSharp;
using static TorchSharp.torch;

namespace Regimen.Tests.Experiments;

/// <summary>A run's weights can be read while its training replaces checkpoints.</summary>
public sealed class ReadBesideTrainingTests
{
    [Fact]
    public async Task A_checkpoint_is_always_available()
    {
        using var root = new TemporaryFolder();
        using RunFolder folder = RunFolder.Create(root.FullPath, "a", StoppedClock.AtNoon);
        Manifests.Running().Write(folder.ManifestFile);
        var store = new CheckpointStore(folder.CheckpointsFolder);
        Save(store, 1);
        using var stop = new CancellationTokenSource();
        Task training = Task.Run(() =>
        {
            for (int epoch = 2; !stop.IsCancellationRequested; epoch++)
            {
                Save(store, epoch);
            }
        });
        var names = new HashSet<string>();
        for (int i = 0; i < 500 || (names.Count < 20 && !training.IsCompleted); i++)
        {
            names.Add(TrainedModel.Find(folder.FullPath, root.FullPath, root.FullPath).Checkpoint);
        }

        await stop.CancelAsync();
        await training;
        Assert.InRange(names.Count, 20, int.MaxValue);
    }

    private static void Save(CheckpointStore store, int epoch)
    {
        using DisposeScope scope = NewDisposeScope();
        using var content = new CheckpointContent([new("w", ones(3))], new Dictionary<string, string>(), [new("m.w", zeros(3))], new Dictionary<string, string>());
        store.Save(new Progress(epoch, epoch), insideEpoch: false, isBest: true, content);
    }
}
