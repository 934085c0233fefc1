using CsCheck;

namespace Regimen.Tests.Reproducibility;

public sealed class PortableMathTests
{
    [Fact]
    public void Exponential_and_logarithm_are_those_of_the_C_library_to_the_last_places()
    {
        Gen.Double[-708, 709].Sample(x => Assert.Equal(1, PortableMath.Exp(x) / Math.Exp(x), 1e-15));
        Gen.Double[-300, 300].Sample(x =>
        {
            double value = Math.Pow(10, x);
            Assert.Equal(Math.Log(value), PortableMath.Log(value), 4e-16 * Math.Max(1, Math.Abs(Math.Log(value))));
        });
        Gen.Double[0.4, 2.5].Sample(x => Assert.Equal(Math.Log(x), PortableMath.Log(x), 1e-15));
    }

    [Fact]
    public void Cosines_and_powers_are_those_of_the_C_library_to_the_last_places()
    {
        Gen.Double[-100, 100].Sample(x => Assert.Equal(Math.Cos(x), PortableMath.Cos(x), 1e-15));
        Assert.Equal([1, -1, 1], [PortableMath.Cos(0), PortableMath.Cos(Math.PI), PortableMath.Cos(2 * Math.PI)]);
        Gen.Select(Gen.Double[0.8, 1], Gen.Int[0, 2000]).Sample((x, n) => Assert.Equal(1, PortableMath.Power(x, n) / Math.Pow(x, n), 1e-12));
        Assert.Equal([1, 1, 0.25], [PortableMath.Power(0, 0), PortableMath.Power(1, 1L << 40), PortableMath.Power(0.5, 2)]);
    }

    [Fact]
    public void Ends_are_those_of_the_C_library()
    {
        double[] ends = [0, -0.0, -1, double.NaN, double.PositiveInfinity, double.NegativeInfinity, double.Epsilon, double.MaxValue, -double.MaxValue, 1e-310];
        foreach (double x in ends)
        {
            Assert.Equal(Math.Exp(x), PortableMath.Exp(x));
            Assert.Equal(Math.Log(x), PortableMath.Log(x), 1e-12);
        }
    }

    /// <summary>Values of R's pnorm.</summary>
    [Theory]
    [InlineData(0, 0.5)]
    [InlineData(1, 0.841344746068542949)]
    [InlineData(-1.959963984540054, 0.025)]
    [InlineData(3, 0.998650101968369905)]
    [InlineData(-6, 9.86587645037698e-10)]
    [InlineData(40, 1)]
    [InlineData(-40, 0)]
    public void The_normal_distribution_is_that_of_the_tables(double x, double expected) => Assert.Equal(expected, PortableMath.Normal(x), 2e-15);

    /// <summary>Recorded searches depend on these bits.</summary>
    [Fact]
    public void The_bits_never_change()
    {
        double sum = 0;
        for (int i = 1; i <= 1000; i++)
        {
            sum += PortableMath.Exp(i * 0.0137) + PortableMath.Log(i * 3.7e5) + PortableMath.Normal((i - 500) / 97.0);
        }

        Assert.Equal(4724059486551060971, BitConverter.DoubleToInt64Bits(sum));
    }
}
