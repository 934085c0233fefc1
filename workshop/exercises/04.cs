using TorchSharp;
using static TorchSharp.torch;

namespace Workshop.Exercises;

public static class Step04
{
    /// <summary>Exercise 1. Returns the cross-entropy, without <c>nn.functional.cross_entropy</c>: the mean over the rows of −log softmax(scores)[label].</summary>
    /// <param name="scores">Scores <c>[samples, classes]</c>; they may be large, as 1,000.</param>
    /// <param name="labels">The right classes <c>[samples]</c>.</param>
    public static Tensor CrossEntropy(Tensor scores, Tensor labels) => throw new NotImplementedException();

    /// <summary>Exercise 2. One step of gradient descent with momentum, in place: velocity = momentum · velocity + gradient; parameter −= lr · velocity.</summary>
    public static void MomentumStep(Tensor parameter, Tensor gradient, Tensor velocity, double lr, double momentum) => throw new NotImplementedException();

    /// <summary>Exercise 3. Trains a model on one batch, and returns its loss before the step. Calling it again and again must make the loss small.</summary>
    public static float TrainOn(nn.Module<Tensor, Tensor> model, optim.Optimizer optimizer, Tensor input, Tensor target) => throw new NotImplementedException();
}
