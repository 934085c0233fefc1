using TorchSharp;
using static TorchSharp.torch;

namespace Digits;

/// <summary>The loop of step 04. It knows no model and no data set by name.</summary>
public static class Training
{
    public static void Train(nn.Module<Tensor, Tensor> model, DigitSet digits, int epochs)
    {
        using optim.Optimizer optimizer = optim.SGD(model.parameters(), learningRate: 0.05, momentum: 0.9);
        for (int epoch = 1; epoch <= epochs; epoch++)
        {
            using DisposeScope epochScope = NewDisposeScope();
            double total = 0;
            foreach ((Tensor input, Tensor target) in DigitSet.Batches(digits.Images, digits.Labels, size: 64, shuffleSeed: epoch))
            {
                using DisposeScope scope = NewDisposeScope();
                Tensor loss = nn.functional.cross_entropy(model.call(input), target);
                optimizer.zero_grad();
                loss.backward();
                optimizer.step();
                total += loss.item<float>() * target.size(0);
            }

            Console.WriteLine($"epoch {epoch}: loss {total / digits.Labels.size(0):0.000}");
        }
    }
}
