using TorchSharp;
using static TorchSharp.torch;

namespace Digits;

/// <summary>The evaluation of step 05.</summary>
public static class Evaluation
{
    /// <summary>Returns the share of test pictures that a model answers right, from 0 to 1.</summary>
    public static double Accuracy(nn.Module<Tensor, Tensor> model, DigitSet digits)
    {
        model.eval();
        using IDisposable noGradients = no_grad();
        long right = 0;
        foreach ((Tensor input, Tensor target) in DigitSet.Batches(digits.TestImages, digits.TestLabels, size: 1000, shuffleSeed: null))
        {
            using DisposeScope scope = NewDisposeScope();
            right += (model.call(input).argmax(1) == target).sum().item<long>();
        }

        model.train();
        return (double)right / digits.TestLabels.size(0);
    }
}
