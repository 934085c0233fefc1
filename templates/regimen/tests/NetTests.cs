using Regimen.Datasets;
using TrainingNamespace1.Datasets;
using TrainingNamespace1.Models;
using Xunit.Sdk;
using Xunit.v3;

// The number of threads and the random generator of libtorch are those of the process.
[assembly: Parallelization(Mode = ParallelMode.None)]

namespace TrainingNamespace1.Tests;

public sealed class NetTests
{
    [Fact]
    public void The_model_learns_the_rings()
    {
        DataSplits data = Rings.Load(new Rings.Options { Count = 700 }, new DatasetContext(Seed: 1));
        var trainer = new Trainer(new TrainOptions { Epochs = 10, Seed = 1 });
        using Net model = trainer.CreateModel(() => new Net(new Net.Options(), new SampleShape(2), outputs: 3));

        trainer.Fit(model, Objectives.CrossEntropy, Optimizers.AdamW(lr: 1e-2), data.Train!, data.Validation!);
        EvaluationResult measured = Evaluator.Evaluate(model, Objectives.CrossEntropy, data.Test!);

        Assert.InRange(measured.Metrics["accuracy"], 0.9, 1.0);
    }
}
