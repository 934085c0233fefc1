namespace Regimen;

/// <summary>Exponential, logarithm and the normal distribution from additions, multiplications, divisions and square roots alone, which IEEE 754
/// rounds the same everywhere. <see cref="Math"/> calls the system's C library, whose last bit differs between systems: a search or a report that
/// used it would not be the same on every machine.</summary>
internal static class PortableMath
{
    // ln 2 in two parts: the first has 20 trailing zero bits, so that its product with an exponent is exact.
    private const double Ln2High = 0.693147180369123816490;
    private const double Ln2Low = 1.90821492927058770002e-10;
    private const double SqrtHalf = 0.70710678118654752440;
    private const double InverseSqrtTwoPi = 0.39894228040143267794;

    /// <summary>Returns e to the power of <paramref name="x"/>, to within two units of the last place.</summary>
    public static double Exp(double x)
    {
        if (double.IsNaN(x) || x > 709.79)
        {
            return double.IsNaN(x) ? x : double.PositiveInfinity;
        }

        if (x < -745.2)
        {
            return 0;
        }

        double k = Math.Floor((x / (Ln2High + Ln2Low)) + 0.5);
        double r = x - (k * Ln2High) - (k * Ln2Low);

        // Taylor's series; |r| is at most ln 2 / 2, so that the first term left out is below 1e-17.
        double sum = 1;
        for (int i = 14; i > 0; i--)
        {
            sum = 1 + (sum * r / i);
        }

        return Math.ScaleB(sum, (int)k);
    }

    /// <summary>Returns the natural logarithm of <paramref name="x"/>, to within two units of the last place.</summary>
    public static double Log(double x)
    {
        if (!(x > 0) || double.IsPositiveInfinity(x))
        {
            return x == 0 ? double.NegativeInfinity : x > 0 ? x : double.NaN;
        }

        int exponent = Math.ILogB(x) + 1;
        double m = Math.ScaleB(x, -exponent);
        if (m < SqrtHalf)
        {
            m *= 2;
            exponent--;
        }

        // ln m = 2 artanh s; s² is at most 0.0295.
        double s = (m - 1) / (m + 1);
        double squared = s * s;
        double sum = 0;
        for (int i = 23; i >= 3; i -= 2)
        {
            sum = (sum + (1.0 / i)) * squared;
        }

        return (exponent * Ln2High) + ((exponent * Ln2Low) + (2 * s) + (2 * s * sum));
    }

    /// <summary>Returns x to the power of <paramref name="n"/>, which is not negative, by repeated squaring.</summary>
    public static double Power(double x, long n)
    {
        double result = 1;
        for (; n > 0; n >>= 1, x *= x)
        {
            result = (n & 1) != 0 ? result * x : result;
        }

        return result;
    }

    /// <summary>Returns the cosine of an angle of at most some million, to within 1e-15.</summary>
    public static double Cos(double x) => Wave(x, quarters: 0);

    /// <summary>Returns the sine of an angle of at most some million, to within 1e-15.</summary>
    public static double Sin(double x) => Wave(x, quarters: 3);

    /// <summary>Returns the arc tangent, to within 1e-15.</summary>
    public static double Atan(double x)
    {
        if (!(Math.Abs(x) <= 1))
        {
            return double.IsNaN(x) ? x : (x > 0 ? Math.PI / 2 : -Math.PI / 2) - Atan(1 / x);
        }

        // Halved twice: the tangent is then at most 0.2, and Taylor's series short.
        double half = x / (1 + Math.Sqrt(1 + (x * x)));
        half /= 1 + Math.Sqrt(1 + (half * half));
        double squared = half * half;
        double sum = 0;
        for (int i = 23; i > 0; i -= 2)
        {
            sum = (1.0 / i) - (sum * squared);
        }

        return 4 * half * sum;
    }

    /// <summary>Returns the cosine of an angle to which quarters of a turn are added.</summary>
    private static double Wave(double x, int quarters)
    {
        // The first part of π/2 has 32 trailing zero bits, so that its product with a number of quarters is exact.
        const double halfPiHigh = 1.5707962512969971;
        const double halfPiLow = 7.549789954891882e-08;
        double whole = Math.Floor((x / (halfPiHigh + halfPiLow)) + 0.5);
        double r = x - (whole * halfPiHigh) - (whole * halfPiLow);
        int quarter = (int)(((long)whole + quarters) & 3);

        // Taylor's series of the cosine or of the sine; |r| is at most π/4.
        bool isSine = (quarter & 1) != 0;
        double squared = r * r;
        double sum = 1;
        for (int i = isSine ? 21 : 20; i > 1; i -= 2)
        {
            sum = 1 - (sum * squared / (i * (i - 1)));
        }

        sum = isSine ? sum * r : sum;
        return quarter is 1 or 2 ? -sum : sum;
    }

    /// <summary>Returns the density of the standard normal distribution.</summary>
    public static double NormalDensity(double x) => InverseSqrtTwoPi * Exp(-0.5 * x * x);

    /// <summary>Returns the probability that a standard normal number is at most <paramref name="x"/>, to within 1e-15 (Marsaglia, "Evaluating
    /// the Normal Distribution", 2004).</summary>
    public static double Normal(double x)
    {
        if (Math.Abs(x) > 8.5)
        {
            return x > 0 ? 1 : 0;
        }

        double squared = x * x;
        double term = x;
        double sum = x;
        for (double i = 3, before = 0; sum != before; i += 2)
        {
            before = sum;
            term *= squared / i;
            sum += term;
        }

        return Math.Clamp(0.5 + (sum * NormalDensity(x)), 0, 1);
    }
}
