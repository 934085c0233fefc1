namespace Workshop.Solutions;

public static class Step12
{
    public static (double Mean, double Spread) Summary(IReadOnlyList<double> results)
    {
        double mean = results.Average();
        return (mean, results.Count < 2 ? double.NaN : Math.Sqrt(results.Sum(x => (x - mean) * (x - mean)) / (results.Count - 1)));
    }

    public static IReadOnlyList<string[]> Grid(IReadOnlyList<string[]> axes)
    {
        IEnumerable<string[]> points = [[]];
        foreach (string[] values in axes)
        {
            points = [.. points.SelectMany(point => values.Select(value => (string[])[.. point, value]))];
        }

        return [.. points];
    }

    public static int Compare(IReadOnlyList<double> first, IReadOnlyList<double> second)
    {
        if (first.Count < 2 || second.Count < 2)
        {
            return 0;
        }

        (double a, double spreadOfA) = Summary(first);
        (double b, double spreadOfB) = Summary(second);
        double error = Math.Sqrt((spreadOfA * spreadOfA / first.Count) + (spreadOfB * spreadOfB / second.Count));
        return Math.Abs(a - b) > 2 * error ? Math.Sign(a - b) : 0;
    }
}
