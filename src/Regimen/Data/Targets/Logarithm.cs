using Regimen.Engine;

namespace Regimen.Data;

/// <summary>Computes <c>log(1 + x)</c> and <c>exp(x) − 1</c> with full precision near 0, where .NET's <c>double.LogP1</c> and
/// <c>double.ExpM1</c> lose precision.</summary>
/// <remarks>Kahan's method: the rounding error of <c>1 + x</c> is in both factors of the quotient and cancels (Hewlett-Packard, "HP-15C
/// Advanced Functions Handbook", 1982; Higham, "Accuracy and Stability of Numerical Algorithms", 1.14.1).</remarks>
internal static class Logarithm
{
    /// <summary>Returns <c>log(1 + x)</c>: −∞ for −1, and NaN below.</summary>
    public static double OfOnePlus(double x)
    {
        double sum = 1 + x;
        return sum == 1 ? x : double.IsPositiveInfinity(sum) || sum <= 0 ? PortableFunctions.Log(sum) : PortableFunctions.Log(sum) * (x / (sum - 1));
    }

    /// <summary>Returns <c>exp(x) − 1</c>.</summary>
    public static double ExpLessOne(double x)
    {
        double power = PortableFunctions.Exp(x);
        double less = power - 1;
        return power == 1 ? x : less == -1 || double.IsPositiveInfinity(power) ? less : less * (x / PortableFunctions.Log(power));
    }
}
