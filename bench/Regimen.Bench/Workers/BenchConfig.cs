using System.ComponentModel.DataAnnotations;
using System.Globalization;
using Regimen.Data;
using Regimen.Datasets;
using Regimen.Loading;
using Regimen.Metrics;
using Regimen.Models;
using Regimen.Optimization;
using static TorchSharp.torch;

namespace Regimen.Bench.Workers;

/// <summary>The config of a piece of work, and the components of the benchmark, which are found by name like a user's.</summary>
internal static class BenchConfig
{
    /// <summary>Returns the arguments of <c>regimen train</c> for this work, without validation and with an end that is never reached.</summary>
    public static IEnumerable<string> Arguments(WorkOptions options)
    {
        yield return options.Optimizer == "sgd" ? "experiment=course_sgd" : $"optimizer={options.Optimizer}";
        yield return "early_stopping=none";
        yield return "trainer.epochs=1000000";
        yield return "loader.batch_size=" + options.Batch.ToString(CultureInfo.InvariantCulture);
        foreach (string argument in options.Net switch
        {
            "cnn" => ["model=cnn"],
            "gpt" => ["model=gpt", "data=text", "data.validation=0", "data.test=0"],
            "784-128-10" => ["model=mlp"],
            _ => (string[])["model=perceptron", $"model.net={options.Net}"],
        })
        {
            yield return argument;
        }

        if (options.Net != "gpt")
        {
            yield return options.Repeat == 1 ? "data=mnist" : "data=mnist_repeated";
            yield return options.Repeat == 1 ? "data.validation_fraction=0" : $"data.times={options.Repeat}";
        }

        if (options.Steps != int.MaxValue)
        {
            yield return "trainer.limit_train_batches=" + options.Steps.ToString(CultureInfo.InvariantCulture);
        }

        if (options.Threads is { } threads)
        {
            yield return "threads=" + threads.ToString(CultureInfo.InvariantCulture);
        }

        foreach (string more in options.Text("more", string.Empty).Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            yield return more;
        }
    }
}

/// <summary>A perceptron of any depth, as a user's model in one file.</summary>
[Model("perceptron")]
public sealed class Perceptron : nn.Module<Tensor, Tensor>
{
    private readonly nn.Module<Tensor, Tensor> layers;

    /// <summary>The config keys of the model.</summary>
    public sealed record Options
    {
        /// <summary>The widths from input to output: <c>784-128-10</c>.</summary>
        [MinLength(3)]
        public string Net { get; init; } = "784-128-10";
    }

    /// <summary>Creates the model.</summary>
    public Perceptron(Options options, SampleShape input, int outputs)
        : base(nameof(Perceptron))
    {
        int[] widths = new WorkOptions([$"net={options.Net}"]).Widths();
        if (widths[0] != input.Elements || widths[^1] != outputs)
        {
            throw new ArgumentException($"Expected a net from {input.Elements} to {outputs}; received {options.Net}.", nameof(options));
        }

        layers = new Layers.Perceptron([.. widths.Select(w => (long)w)]);
        RegisterComponents();
    }

    /// <inheritdoc/>
    public override Tensor forward(Tensor input) => layers.call(input.flatten(1));
}

/// <summary>MNIST repeated several times in memory, to measure the growth of time with the data.</summary>
public static class RepeatedMnist
{
    /// <summary>The config keys of the data set.</summary>
    public sealed record Options
    {
        /// <summary>The number of repetitions of the 60,000 images.</summary>
        [Range(1, 40)]
        public int Times { get; init; } = 1;
    }

    /// <summary>Loads MNIST's training images with repetitions.</summary>
    [Dataset("mnist_repeated")]
    public static DataSplits Load(Options options, DatasetContext context)
    {
        DataSplits mnist = Mnist.Load(new Mnist.Options { ValidationFraction = 0, Mean = 0.5, Std = 0.5 }, context);
        int size = mnist.Train.SampleShape.Elements;
        int count = mnist.Train.Count;
        byte[] pixels = new byte[(long)size * count * options.Times];
        int[] labels = new int[count * options.Times];
        using DataLoader loader = DataLoader.ForEvaluation(mnist.Train, new LoaderOptions { EvalBatchSize = count, Workers = 0 });
        foreach (Batch all in loader.Epoch(0, 0))
        {
            ReadOnlySpan<float> values = Engine.TensorMemory.Span<float>(all.Input);
            ReadOnlySpan<long> targets = Engine.TensorMemory.Span<long>(all.Target);
            for (int i = 0; i < values.Length; i++)
            {
                pixels[i] = (byte)MathF.Round(values[i] * 255);
            }

            for (int i = 0; i < count; i++)
            {
                labels[i] = (int)targets[i];
            }
        }

        for (int i = 1; i < options.Times; i++)
        {
            Array.Copy(pixels, 0, pixels, (long)i * size * count, (long)size * count);
            Array.Copy(labels, 0, labels, i * count, count);
        }

        return mnist with { Train = new ImageDataset(pixels, labels, mnist.Train.SampleShape, mnist.Train.Classes), Validation = null, Test = null };
    }
}

/// <summary>Cross-entropy that reports the end of the first step, which is when the loss of the second step is computed.</summary>
[Objective("cross_entropy_reporting")]
public sealed record ReportingCrossEntropy : Objective
{
    private int _calls;

    /// <inheritdoc/>
    public override PredictionTask Task => PredictionTask.Classification;

    /// <inheritdoc/>
    public override ObjectiveResult Compute(nn.Module model, Batch batch)
    {
        if (++_calls == 2)
        {
            Worker.Say("first step");
        }

        return Objectives.CrossEntropy.Compute(model, batch);
    }
}
