using Regimen.Data;
using Regimen.Datasets;
using Regimen.Engine;
using Regimen.Loading;
using static TorchSharp.torch;

namespace Regimen.Bench.Workers;

/// <summary>Loads MNIST for the workers without a config.</summary>
internal static class BenchData
{
    private static readonly Lazy<DataSplits> Loaded = new(
        () => Mnist.Load(new Mnist.Options { ValidationFraction = 0, Mean = 0.5, Std = 0.5 }, new DatasetContext(42)));

    public static DataSplits Mnist60000 => Loaded.Value;

    /// <summary>Returns the windows of the included text as tokens <c>[windows, 128]</c>, the token after each, and the size of the vocabulary.</summary>
    public static (Tensor Inputs, Tensor Targets, int Vocabulary) TextAsTensors()
    {
        DataSplits text = PlainText.Load(new PlainText.Options { Validation = 0, Test = 0 }, new DatasetContext(42));
        using DataLoader loader = DataLoader.ForEvaluation(text.Train, new LoaderOptions { EvalBatchSize = text.Train.Count, Workers = 0 });
        foreach (Batch all in loader.Epoch(0, 0))
        {
            return (all.Inputs[0].clone().DetachFromDisposeScope(), all.Target.clone().DetachFromDisposeScope(), text.Vocabulary.Count);
        }

        throw new InvalidOperationException("The text is empty.");
    }

    /// <summary>Returns the training images as one normalised float tensor <c>[60000, 1, 28, 28]</c>, and their classes.</summary>
    public static (Tensor Inputs, Tensor Targets) AsTensors()
    {
        DataSplits mnist = Mnist60000;
        using DataLoader loader = DataLoader.ForEvaluation(
            mnist.Train, new LoaderOptions { EvalBatchSize = mnist.Train.Count, Workers = 0 }, mnist.TrainTransforms);
        foreach (Batch all in loader.Epoch(0, 0))
        {
            return (all.Input.clone().DetachFromDisposeScope(), all.Target.clone().DetachFromDisposeScope());
        }

        throw new InvalidOperationException("MNIST is empty.");
    }

    /// <summary>Sets the number of libtorch's threads if the options have one.</summary>
    public static int UseThreads(WorkOptions options)
    {
        if (options.Threads is { } threads)
        {
            Threads.Use(threads);
        }

        return Threads.Current;
    }
}
