using TorchSharp;
using Workshop.Built;
using static TorchSharp.torch;
using Yours = Workshop.Exercises.Step03;
using Solution = Workshop.Solutions.Step03;

namespace Workshop.Checks;

internal static class Step03
{
    public static Exercise[] All { get; } =
    [
        Exercise.For("03", 1, "count the parameters that training changes",
            ["model.parameters() has all of them.", "p.numel() is the number of values of a parameter."],
            Yours.CountTrainable, Solution.CountTrainable, count =>
            {
                using var model = new Perceptron(hidden: 7);
                Answer.Equal("the parameters of 784 → 7 → 10", 5575L, count(model));
                model.First.requires_grad = false;
                Answer.Equal("without the weights of the first layer", 87L, count(model));
            }),
        Exercise.For("03", 2, "a gradient by backward()",
            ["Work on x.detach().clone(), and set its requires_grad.", "backward() is for a single number: take the sum first."],
            Yours.GradientOfCubes, Solution.GradientOfCubes, gradient =>
            {
                Tensor x = tensor(new[] { 2f, -1f, 0.5f });
                Tensor result = gradient(x);
                Answer.Sequence("the gradient at (2, −1, 0.5)", [12f, 3f, 0.75f], result.data<float>());
                Answer.Holds(!x.requires_grad && x.grad is null, "The tensor that was passed must not be changed.");
            }),
        Exercise.For("03", 3, "scale the columns of a table",
            ["table.mean([0]) is the mean of each column: [columns].", "[rows, columns] − [columns] subtracts from each row."],
            Yours.Standardize, Solution.Standardize, scale =>
            {
                Tensor scaled = scale(tensor(new[,] { { 1f, 10f, 0f }, { 2f, 30f, 5f }, { 3f, 20f, -2f }, { 4f, 0f, 1f } }));
                Answer.Sequence("the shape", [4L, 3L], scaled.shape);
                Answer.Close("the largest mean", 0, scaled.mean([0]).abs().max().item<float>());
                Answer.Close("the smallest standard deviation", 1, scaled.std(0).min().item<float>(), 1e-4);
            }),
    ];
}
