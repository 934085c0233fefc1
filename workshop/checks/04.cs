using TorchSharp;
using static TorchSharp.torch;
using Yours = Workshop.Exercises.Step04;
using Solution = Workshop.Solutions.Step04;

namespace Workshop.Checks;

internal static class Step04
{
    public static Exercise[] All { get; } =
    [
        Exercise.For("04", 1, "the cross-entropy, by hand",
            ["Subtract the maximum of each row first: it changes no probability, and exp stays finite.", "gather(1, labels.unsqueeze(1)) takes the entry of the label of each row."],
            Yours.CrossEntropy, Solution.CrossEntropy, loss =>
            {
                Tensor labels = tensor(new long[] { 2, 0, 1 });
                Tensor scores = tensor(new[,] { { 1f, 2f, 3f }, { 0f, 0f, 0f }, { -1f, 4f, 0.5f } });
                Answer.Close("the loss of three rows", 0.514163, loss(scores, labels).item<float>(), 1e-4);
                Answer.Close("the loss with 1000 added to each score", 0.514163, loss(scores + 1000, labels).item<float>(), 1e-3);
            }),
        Exercise.For("04", 2, "a step with momentum",
            ["Methods that end with _ change the tensor itself: mul_, add_, sub_.", "Parameters are changed inside using (no_grad())."],
            Yours.MomentumStep, Solution.MomentumStep, step =>
            {
                Tensor parameter = tensor(new[] { 1f, -2f }, requires_grad: true);
                Tensor velocity = zeros(2);
                step(parameter, tensor(new[] { 0.5f, 1f }), velocity, 0.1, 0.9);
                step(parameter, tensor(new[] { 0.5f, 1f }), velocity, 0.1, 0.9);
                Answer.Close("the first velocity after two steps", 0.95, velocity[0].item<float>());
                Answer.Close("the first parameter after two steps", 0.855, parameter[0].item<float>());
                Answer.Close("the second parameter after two steps", -2.29, parameter[1].item<float>());
            }),
        Exercise.For("04", 3, "train on a batch",
            ["The five lines of the loop: call, cross_entropy, zero_grad, backward, step.", "loss.item<float>() is the loss as a number."],
            Yours.TrainOn, Solution.TrainOn, train =>
            {
                random.manual_seed(1);
                using nn.Module<Tensor, Tensor> model = nn.Linear(4, 3);
                using optim.Optimizer optimizer = optim.SGD(model.parameters(), learningRate: 0.5);
                Tensor input = randn(12, 4);
                Tensor target = input[.., ..3].argmax(1);
                float before = nn.functional.cross_entropy(model.call(input), target).item<float>();
                Answer.Close("the first loss that it returns", before, train(model, optimizer, input, target), 1e-4);
                float last = 0;
                for (int i = 0; i < 200; i++)
                {
                    last = train(model, optimizer, input, target);
                }

                Answer.Holds(last < 0.2, $"The loss after 200 steps: expected below 0.2; received {last:0.000}. Are the gradients cleared before each step?");
            }),
    ];
}
