using Yours = Workshop.Exercises.Step12;
using Solution = Workshop.Solutions.Step12;

namespace Workshop.Checks;

internal static class Step12
{
    public static Exercise[] All { get; } =
    [
        Exercise.For("12", 1, "mean and spread of results",
            ["results.Average() is the mean.", "Divide the sum of squares by n − 1, because the mean was computed from the same results; for one result return double.NaN."],
            Yours.Summary, Solution.Summary, summary =>
            {
                (double mean, double spread) = summary([90, 92, 91.5, 90.5]);
                Answer.Close("the mean of 90, 92, 91.5, 90.5", 91, mean);
                Answer.Close("the spread of 90, 92, 91.5, 90.5", 0.912871, spread);
                Answer.Equal("the spread of one result", double.NaN, summary([91]).Spread);
            }),
        Exercise.For("12", 2, "the points of a grid",
            ["Begin with one empty point. For each key, continue each point with each of its values.", "points.SelectMany(point => values.Select(value => (string[])[.. point, value]))"],
            Yours.Grid, Solution.Grid, grid =>
            {
                Answer.Sequence("the points of {a, b} × {1, 2, 3}", ["a1", "a2", "a3", "b1", "b2", "b3"], grid([["a", "b"], ["1", "2", "3"]]).Select(p => string.Concat(p)));
                Answer.Equal("the number of points of 3 × 4 × 5", 60, grid([["a", "b", "c"], ["1", "2", "3", "4"], ["v", "w", "x", "y", "z"]]).Count);
                Answer.Sequence("the points of no keys", [0], grid([]).Select(p => p.Length));
                Answer.Equal("the number of points with a key that has no value", 0, grid([["a", "b"], []]).Count);
            }),
        Exercise.For("12", 3, "is the difference more than luck?",
            ["Exercise 1 has the means and the spreads.", "Math.Sign(a - b) is 1 or −1; first compare |a − b| with twice the standard error."],
            Yours.Compare, Solution.Compare, compare =>
            {
                Answer.Equal("91.0 ± 0.1 and 90.0 ± 0.1", 1, compare([91.1, 90.9, 91], [90.1, 89.9, 90]));
                Answer.Equal("90.0 ± 0.1 and 91.0 ± 0.1", -1, compare([90.1, 89.9, 90], [91.1, 90.9, 91]));
                Answer.Equal("91.0 ± 1.0 and 90.5 ± 1.0", 0, compare([90, 91, 92], [89.5, 90.5, 91.5]));
                Answer.Equal("91.0 ± 1.0 and 90.5 ± 1.0, with 99 results of each", 1, compare([.. Repeated(90, 91, 92)], [.. Repeated(89.5, 90.5, 91.5)]));
                Answer.Equal("one result of each", 0, compare([95], [90]));
            }),
    ];

    private static IEnumerable<double> Repeated(params double[] results) => Enumerable.Range(0, 99).Select(i => results[i % results.Length]);
}
