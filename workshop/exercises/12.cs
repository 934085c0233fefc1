namespace Workshop.Exercises;

public static class Step12
{
    /// <summary>Exercise 1. Returns the mean of some results and their spread: the standard deviation with n − 1, √(Σ(x − mean)² / (n − 1)). The spread of one
    /// result is not known: NaN.</summary>
    public static (double Mean, double Spread) Summary(IReadOnlyList<double> results) => throw new NotImplementedException();

    /// <summary>Exercise 2. Returns all points of a grid: each combination of one value of each key. The values of the last key change fastest. A grid of no
    /// keys has one point, the empty one.</summary>
    public static IReadOnlyList<string[]> Grid(IReadOnlyList<string[]> axes) => throw new NotImplementedException();

    /// <summary>Exercise 3. Compares two settings by their results over several seeds: 1 if the first one is higher, −1 if the second one is, 0 if the
    /// difference of the means is not more than twice its standard error √(s₁²/n₁ + s₂²/n₂). With fewer than two results of one, the answer is 0.</summary>
    public static int Compare(IReadOnlyList<double> first, IReadOnlyList<double> second) => throw new NotImplementedException();
}
