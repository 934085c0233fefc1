using Yours = Workshop.Exercises.Step11;
using Solution = Workshop.Solutions.Step11;

namespace Workshop.Checks;

internal static class Step11
{
    public static Exercise[] All { get; } =
    [
        Exercise.For<Func<IReadOnlyList<double>, int, int>>("11", 1, "decide when to stop",
            ["Keep the lowest loss so far and its epoch.", "Stop when epoch − best epoch is the patience."],
            Yours.StopsAfter, Solution.StopsAfter, stop =>
            {
                Answer.Equal("losses 5 4 3 4 5 2, patience 2", 5, stop([5, 4, 3, 4, 5, 2], 2));
                Answer.Equal("losses 5 4 3 4 5 2, patience 3", 6, stop([5, 4, 3, 4, 5, 2], 3));
                Answer.Equal("losses 3 3 3, patience 1", 2, stop([3, 3, 3], 1));
            }),
        Exercise.For<Func<IReadOnlyList<double>, int, double, int>>("11", 2, "decide when to stop, with a smallest improvement",
            ["Better is loss < best − minDelta.", "Every comparison with double.NaN is false."],
            Yours.StopsAfter, Solution.StopsAfter, stop =>
            {
                Answer.Equal("losses 5 4.95 4.9 3, patience 2, smallest improvement 0.2", 3, stop([5, 4.95, 4.9, 3], 2, 0.2));
                Answer.Equal("losses 5 4.85 4.7 3, patience 2, smallest improvement 0.2", 4, stop([5, 4.85, 4.7, 3], 2, 0.2));
                Answer.Equal("losses 2 NaN NaN, patience 2", 3, stop([2, double.NaN, double.NaN, 1], 2, 0));
            }),
        Exercise.For("11", 3, "find the best epoch",
            ["The first of equal values is kept: use < and >, not ≤ and ≥.", "Epochs are counted from 1, lists from 0."],
            Yours.BestEpoch, Solution.BestEpoch, best =>
            {
                Answer.Equal("losses 3 1 2 1", 2, best([3, 1, 2, 1], false));
                Answer.Equal("accuracies 0.3 0.9 0.9 0.2", 2, best([0.3, 0.9, 0.9, 0.2], true));
                Answer.Equal("accuracy 0.5", 1, best([0.5], true));
            }),
    ];
}
