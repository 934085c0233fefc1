namespace Regimen.Engine;

/// <summary>Functions of numbers: the system's, or with <see cref="Bits.Portable"/> those whose bits are the same everywhere.</summary>
internal static class PortableFunctions
{
    public static double Exp(double x) => Arithmetic.IsPortable ? PortableMath.Exp(x) : Math.Exp(x);

    public static double Log(double x) => Arithmetic.IsPortable ? PortableMath.Log(x) : Math.Log(x);

    public static double Cos(double x) => Arithmetic.IsPortable ? PortableMath.Cos(x) : Math.Cos(x);

    public static double Sin(double x) => Arithmetic.IsPortable ? PortableMath.Sin(x) : Math.Sin(x);

    public static double Tan(double x) => Arithmetic.IsPortable ? PortableMath.Sin(x) / PortableMath.Cos(x) : Math.Tan(x);

    public static double Atan(double x) => Arithmetic.IsPortable ? PortableMath.Atan(x) : Math.Atan(x);

    public static double Power(double x, long n) => Arithmetic.IsPortable ? PortableMath.Power(x, n) : Math.Pow(x, n);

    public static double Power(double x, double y)
        => !Arithmetic.IsPortable ? Math.Pow(x, y) : x == 0 ? (y == 0 ? 1 : 0) : PortableMath.Exp(y * PortableMath.Log(x));
}
