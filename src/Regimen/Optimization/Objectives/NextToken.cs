using Regimen.Metrics;
using static TorchSharp.torch;

namespace Regimen.Optimization;

/// <summary>Softmax cross-entropy of the next token: logits <c>[batch, length, vocabulary]</c> against tokens <c>[batch, length]</c>, averaged over
/// all positions, in nats.</summary>
[Objective("next_token")]
public sealed record NextToken : SoftmaxCrossEntropy
{
    /// <inheritdoc/>
    public override PredictionTask Task => PredictionTask.NextToken;

    private protected override (Tensor Logits, Tensor Targets) Rows(Tensor output, Tensor target)
        => output.dim() == 3 && target.dim() == 2 && output.size(0) == target.size(0) && output.size(1) == target.size(1)
            ? (output.flatten(0, 1), target.flatten())
            : throw new RequestException(new Problem("The model does not predict a token for each position")
            {
                Expected = $"logits [{target.size(0)}, {(target.dim() > 1 ? target.size(1) : 1)}, vocabulary]",
                Received = $"[{string.Join(", ", output.shape)}]",
                Hint = "Choose a model of sequences, such as model=gpt or model=gru.",
            });
}
