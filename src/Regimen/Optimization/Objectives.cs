using Regimen.Data;
using Regimen.Metrics;
using static TorchSharp.torch;

namespace Regimen.Optimization;

/// <summary>The objectives that come with Regimen, and a way to a new one in one line.</summary>
public static class Objectives
{
    /// <summary>Softmax cross-entropy of logits against class indices.</summary>
    public static Objective CrossEntropy { get; } = new CrossEntropy();

    /// <summary>Mean squared error of numbers.</summary>
    public static Objective Mse { get; } = new Mse();

    /// <summary>Binary cross-entropy of one logit a sample, for two classes.</summary>
    public static Objective BinaryCrossEntropy { get; } = new BinaryCrossEntropy();

    /// <summary>Binary cross-entropy of one logit a label, for any number of labels a sample.</summary>
    public static Objective MultilabelCrossEntropy { get; } = new MultilabelCrossEntropy();

    /// <summary>Huber's loss of numbers.</summary>
    /// <param name="delta">Up to which error it is quadratic; beyond it is linear.</param>
    public static Objective Huber(double delta = 1) => new Huber { Delta = delta };

    /// <summary>An objective from a function.</summary>
    /// <param name="compute">(model, batch) → (loss, predictions).</param>
    /// <param name="task">What the predictions are.</param>
    public static Objective From(Func<nn.Module, Batch, ObjectiveResult> compute, PredictionTask task = PredictionTask.Other)
        => new FunctionObjective(compute, task);

    /// <summary>Calls a model of one input and one output, with its hooks.</summary>
    /// <exception cref="ArgumentException">The model is of another kind.</exception>
    public static Tensor Forward(nn.Module model, Tensor input) => model is nn.Module<Tensor, Tensor> one
        ? one.call(input)
        : throw new ArgumentException($"Expected a Module<Tensor, Tensor>; received {model.GetType().Name}. For other inputs and outputs write an Objective.", nameof(model));

    private sealed record FunctionObjective(Func<nn.Module, Batch, ObjectiveResult> Function, PredictionTask Kind) : Objective
    {
        public override PredictionTask Task => Kind;

        public override ObjectiveResult Compute(nn.Module model, Batch batch) => Function(model, batch);
    }
}
