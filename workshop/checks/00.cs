using Yours = Workshop.Exercises.Step00;
using Solution = Workshop.Solutions.Step00;

namespace Workshop.Checks;

internal static class Step00
{
    private static readonly (double X, double Y)[] Line = [(1, 3), (2, 5), (3, 7)];
    private static readonly (double X, double Y)[] Falling = [(-1, 4.5), (0, 4), (2, 3), (4, 2)];

    public static Exercise[] All { get; } =
    [
        Exercise.For("00", 1, "the mean squared error of a line",
            ["The error at a point is w·x + b − y.", "points.Average(p => Math.Pow((w * p.X) + b - p.Y, 2))"],
            Yours.Loss, Solution.Loss, loss =>
            {
                Answer.Close("the loss of w = 0, b = 0", 83.0 / 3, loss(0, 0, Line));
                Answer.Close("the loss of w = 2, b = 1", 0, loss(2, 1, Line));
                Answer.Close("the loss of w = 1, b = −1", 18.0625, loss(1, -1, Falling));
            }),
        Exercise.For("00", 2, "the gradient of that loss",
            ["The derivative of e² is 2·e times the derivative of e.", "The derivative of w·x + b − y by w is x, and by b it is 1."],
            Yours.Gradient, Solution.Gradient, gradient =>
            {
                (double w, double b) = gradient(0, 0, Line);
                Answer.Close("the derivative by w at (0, 0)", -68.0 / 3, w);
                Answer.Close("the derivative by b at (0, 0)", -10, b);
                (w, b) = gradient(-0.5, 4, Falling);
                Answer.Close("the derivative by w where all points fit", 0, w);
                Answer.Close("the derivative by b where all points fit", 0, b);
            }),
        Exercise.For("00", 3, "fit a line to points",
            ["Repeat: compute the gradient, and subtract a small part of it from w and b.", "5,000 steps with a learning rate of 0.05 are enough."],
            Yours.Fit, Solution.Fit, fit =>
            {
                (double w, double b) = fit(Line);
                Answer.Close("w for (1, 3), (2, 5), (3, 7)", 2, w, 1e-3);
                Answer.Close("b for (1, 3), (2, 5), (3, 7)", 1, b, 1e-3);
                (w, b) = fit(Falling);
                Answer.Close("w for (−1, 4.5), (0, 4), (2, 3), (4, 2)", -0.5, w, 1e-3);
                Answer.Close("b for (−1, 4.5), (0, 4), (2, 3), (4, 2)", 4, b, 1e-3);
            }),
    ];
}
