using TorchSharp;
using static TorchSharp.torch;

namespace Workshop.Solutions;

public static class Step04
{
    public static Tensor CrossEntropy(Tensor scores, Tensor labels)
    {
        // log softmax(s) = s − max − log Σ exp(s − max): without the maximum, exp(1000) would be infinite.
        Tensor shifted = scores - scores.amax([1], keepdim: true);
        Tensor logarithms = shifted - shifted.exp().sum(1, keepdim: true).log();
        return -logarithms.gather(1, labels.unsqueeze(1)).mean();
    }

    public static void MomentumStep(Tensor parameter, Tensor gradient, Tensor velocity, double lr, double momentum)
    {
        using IDisposable guard = no_grad();
        velocity.mul_(momentum).add_(gradient);
        parameter.sub_(velocity * lr);
    }

    public static float TrainOn(nn.Module<Tensor, Tensor> model, optim.Optimizer optimizer, Tensor input, Tensor target)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor loss = nn.functional.cross_entropy(model.call(input), target);
        optimizer.zero_grad();
        loss.backward();
        optimizer.step();
        return loss.item<float>();
    }
}
