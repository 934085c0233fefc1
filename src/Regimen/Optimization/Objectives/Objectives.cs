using Regimen.Data;
using Regimen.Metrics;
using static TorchSharp.torch;

namespace Regimen.Optimization;

/// <summary>Creates the built-in objectives, and objectives from functions.</summary>
public static class Objectives
{
    /// <summary>Softmax cross-entropy of logits against class indices.</summary>
    public static Objective CrossEntropy { get; } = new CrossEntropy();

    /// <summary>Mean squared error, for regression.</summary>
    public static Objective Mse { get; } = new Mse();

    /// <summary>Binary cross-entropy of one logit per sample, for two classes.</summary>
    public static Objective BinaryCrossEntropy { get; } = new BinaryCrossEntropy();

    /// <summary>Binary cross-entropy of one logit per label, for any number of labels per sample.</summary>
    public static Objective MultilabelCrossEntropy { get; } = new MultilabelCrossEntropy();

    /// <summary>Softmax cross-entropy of the next token at each position of a sequence.</summary>
    public static Objective NextToken { get; } = new NextToken();

    /// <summary>The focal loss, for classification.</summary>
    /// <param name="gamma">The exponent; 0 for the cross-entropy.</param>
    public static Objective Focal(double gamma = 2) => new Focal { Gamma = gamma };

    /// <summary>The Huber loss, for regression.</summary>
    /// <param name="delta">The error up to which the loss is quadratic; beyond it, the loss is linear.</param>
    public static Objective Huber(double delta = 1) => new Huber { Delta = delta };

    /// <summary>Creates an objective from a function.</summary>
    /// <param name="compute">(model, batch) → (loss, predictions).</param>
    /// <param name="task">The prediction task; null for <see cref="PredictionTask.Other"/>, which measures only the loss.</param>
    /// <param name="parts">The names of the loss's parts that the function returns; null for none.</param>
    public static Objective From(Func<nn.Module, Batch, ObjectiveResult> compute, PredictionTask? task = null, IReadOnlyList<string>? parts = null)
        => new FunctionObjective(compute, task ?? PredictionTask.Other, parts ?? []);

    /// <summary>Calls a model with a batch's inputs, with its hooks: a <c>Module&lt;Batch, Tensor&gt;</c> is given the batch, any other the
    /// fields that are not targets, in the data set's order.</summary>
    /// <param name="model">A module of one to six tensors, or of a <see cref="Batch"/>, that returns one tensor.</param>
    /// <param name="batch">The batch.</param>
    /// <exception cref="ArgumentException">The model takes another number of inputs, or is of another kind.</exception>
    public static Tensor Forward(nn.Module model, Batch batch)
    {
        if (model is nn.Module<Tensor, Tensor> one && batch.Inputs is [var only])
        {
            return one.call(only);
        }

        if (model is nn.Module<Batch, Tensor> named)
        {
            return named.call(batch);
        }

        return (model, batch.Inputs) switch
        {
            (nn.Module<Tensor, Tensor, Tensor> m, [var a, var b]) => m.call(a, b),
            (nn.Module<Tensor, Tensor, Tensor, Tensor> m, [var a, var b, var c]) => m.call(a, b, c),
            (nn.Module<Tensor, Tensor, Tensor, Tensor, Tensor> m, [var a, var b, var c, var d]) => m.call(a, b, c, d),
            (nn.Module<Tensor, Tensor, Tensor, Tensor, Tensor, Tensor> m, [var a, var b, var c, var d, var e]) => m.call(a, b, c, d, e),
            (nn.Module<Tensor, Tensor, Tensor, Tensor, Tensor, Tensor, Tensor> m, [var a, var b, var c, var d, var e, var f]) => m.call(a, b, c, d, e, f),
            _ when CanForward(model) => throw new ArgumentException($"The data has {batch.Inputs.Count} input field(s), and {model.GetType().Name} takes another number of tensors.", nameof(model)),
            _ => throw new ArgumentException(
                $"Expected a Module of one to six tensors, or of a Batch, that returns a tensor; received {model.GetType().Name}. For other inputs and outputs write an Objective.", nameof(model)),
        };
    }

    /// <summary>Calls a model of one input and one output, with its hooks.</summary>
    /// <exception cref="ArgumentException">The model is of another kind.</exception>
    public static Tensor Forward(nn.Module model, Tensor input) => model is nn.Module<Tensor, Tensor> one
        ? one.call(input)
        : throw new ArgumentException($"Expected a Module<Tensor, Tensor>; received {model.GetType().Name}.", nameof(model));

    /// <summary>Whether <see cref="Forward(nn.Module, Batch)"/> can call a model of this class.</summary>
    internal static bool CanForward(nn.Module model) => model is nn.Module<Tensor, Tensor> or nn.Module<Batch, Tensor> or nn.Module<Tensor, Tensor, Tensor>
        or nn.Module<Tensor, Tensor, Tensor, Tensor> or nn.Module<Tensor, Tensor, Tensor, Tensor, Tensor> or nn.Module<Tensor, Tensor, Tensor, Tensor, Tensor, Tensor>
        or nn.Module<Tensor, Tensor, Tensor, Tensor, Tensor, Tensor, Tensor>;

    private sealed record FunctionObjective(Func<nn.Module, Batch, ObjectiveResult> Function, PredictionTask Kind, IReadOnlyList<string> OwnParts) : Objective
    {
        public override IReadOnlyList<string> Parts => OwnParts;

        public override PredictionTask Task => Kind;

        public override ObjectiveResult Compute(nn.Module model, Batch batch) => Function(model, batch);
    }
}
