using Regimen.Optimization;
using Regimen.Ranks;
using Regimen.Runs;
using Regimen.Tests.TestKit;
using Regimen.Training;

namespace Regimen.Tests.Training;

/// <summary>Tests the program of docs/scale.md as one process. Its ranks are tested with the command (RankedRunTests).</summary>
public sealed class RanksInAProgramTests
{
    [Fact]
    public void A_program_for_ranks_runs_as_one_process()
    {
        var options = new TrainOptions { Epochs = 2 };
        ITrainObserver[] observers = [];
        using RankGroup? ranks = RankGroup.FromLauncher();      // null for one process
        var trainer = new Trainer(options, ranks is { Rank: > 0 } ? [] : observers) { Ranks = ranks };
        using TinyNet model = TinyNet.Seeded();
        Assert.Equal(TrainStatus.Finished, trainer.Fit(model, Objectives.CrossEntropy, Optimizers.Sgd(0.1), TinyData.Clusters(30), batchSize: 7).Status);
        Assert.Null(ranks);
    }
}
