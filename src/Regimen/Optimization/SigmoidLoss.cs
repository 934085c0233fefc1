using static TorchSharp.torch;

namespace Regimen.Optimization;

/// <summary>Cross-entropy of probabilities given as logits.</summary>
internal static class SigmoidLoss
{
    public static Tensor Of(Tensor logits, Tensor target, double positiveWeight)
    {
        using Tensor? weight = positiveWeight == 1 ? null : tensor((float)positiveWeight, device: logits.device);
        return nn.functional.binary_cross_entropy_with_logits(logits, target, pos_weights: weight);
    }
}
