using Regimen.Catalog;
using Regimen.Data;
using Regimen.Loading;
using Regimen.Models;
using Regimen.Optimization;
using Regimen.Tests.TestKit;
using Regimen.Training;
using static TorchSharp.torch;

namespace Regimen.Tests.Models;

/// <summary>Every architecture for images learns: its loss on separable images falls.</summary>
public sealed class CatalogTrainsTests
{
    private static readonly SampleShape Image = new(2, 18, 21);

    public static TheoryData<string, object> Architectures => new()
    {
        { "mlp", new MlpOptions { Hidden = [20, 10], Activation = Activation.Silu, Norm = Norm.Layer, Dropout = 0.1 } },
        { "mlp", new MlpOptions { Hidden = [] } },
        { "cnn", new CnnOptions { Channels = [4, 5, 6], Hidden = 20, Norm = Norm.Batch } },
        { "lenet", new LeNetOptions() },
        { "lenet", new LeNetOptions { Activation = Activation.Relu, Pooling = LeNetPooling.Max } },
        { "resnet18", new ResNetOptions() },
        { "vit", new VitOptions { Patch = 3, Width = 48, Depth = 2, Heads = 3 } },
    };

    [Theory]
    [MemberData(nameof(Architectures))]
    public void The_loss_falls(string name, object options)
    {
        // The points of the clusters as images: three classes, 2·18·21 values each.
        using var images = new LoaderOf(TinyData.Clusters(45, Image.Elements));
        var events = new EventLog();
        var trainer = new Trainer(new TrainOptions { Epochs = 8, Seed = 3 }, [events]);
        using nn.Module model = trainer.CreateModel(() => ComponentCatalog.From().CreateModel(name, options, Image, outputs: 3));
        trainer.Fit(model, Objectives.CrossEntropy, Optimizers.AdamW(lr: 3e-3), images.Loader);
        float[] losses = events.Losses;
        Assert.Equal(40, losses.Length);
        Assert.True(losses[^5..].Average() < 0.6 * losses[..2].Average(), string.Join(' ', losses));
    }

    /// <summary>A loader of images whose values are those of a table's rows.</summary>
    private sealed class LoaderOf : IDisposable
    {
        public LoaderOf(ArrayDataset rows)
        {
            using var all = new BatchBuffer(rows.Fields, rows.Count);
            rows.Gather([.. Enumerable.Range(0, rows.Count)], ChannelScale.Identity, all);
            Loader = DataLoader.ForTraining(ArrayDataset.ForClassification(all.Floats(Field.Input).ToArray(), [.. rows.Labels!], Image, rows.Classes), new LoaderOptions { BatchSize = 9 });
        }

        public DataLoader Loader { get; }

        public void Dispose() => Loader.Dispose();
    }
}
