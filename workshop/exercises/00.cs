namespace Workshop.Exercises;

public static class Step00
{
    /// <summary>Exercise 1. Returns the mean squared error of the model f(x) = w·x + b over the points.</summary>
    public static double Loss(double w, double b, IReadOnlyList<(double X, double Y)> points) => throw new NotImplementedException();

    /// <summary>Exercise 2. Returns the derivatives of that loss by w and by b.</summary>
    public static (double W, double B) Gradient(double w, double b, IReadOnlyList<(double X, double Y)> points) => throw new NotImplementedException();

    /// <summary>Exercise 3. Fits w and b to the points, beginning with 0 and 0. Both must be right to 0.001.</summary>
    public static (double W, double B) Fit(IReadOnlyList<(double X, double Y)> points) => throw new NotImplementedException();
}
