namespace Workshop.Solutions;

public static class Step00
{
    public static double Loss(double w, double b, IReadOnlyList<(double X, double Y)> points)
        => points.Average(p => Math.Pow((w * p.X) + b - p.Y, 2));

    public static (double W, double B) Gradient(double w, double b, IReadOnlyList<(double X, double Y)> points)
        => (points.Average(p => 2 * ((w * p.X) + b - p.Y) * p.X), points.Average(p => 2 * ((w * p.X) + b - p.Y)));

    public static (double W, double B) Fit(IReadOnlyList<(double X, double Y)> points)
    {
        double w = 0, b = 0;
        for (int step = 0; step < 5000; step++)
        {
            (double gradientW, double gradientB) = Gradient(w, b, points);
            w -= 0.05 * gradientW;
            b -= 0.05 * gradientB;
        }

        return (w, b);
    }
}
