using Regimen.Charts;

namespace Regimen.Tests.Charts;

public sealed class AxisScaleTests
{
    [Theory]
    [InlineData(0.0, 0.97, "0 0.2 0.4 0.6 0.8 1.0")]
    [InlineData(-3.0, 8.0, "-4 -2 0 2 4 6 8")]
    [InlineData(0.9412, 0.9688, "0.940 0.945 0.950 0.955 0.960 0.965 0.970")]
    [InlineData(0.0, 48_213.0, "0 10,000 20,000 30,000 40,000 50,000")]
    [InlineData(1e-9, 4e-9, "1e-9 1.5e-9 2e-9 2.5e-9 3e-9 3.5e-9 4e-9")]
    [InlineData(5.0, 5.0, "4.4 4.6 4.8 5.0 5.2 5.4 5.6")]
    public void Ticks_are_round_numbers_around_the_data(double low, double high, string labels)
        => Assert.Equal(labels, string.Join(' ', AxisScale.Of(new(), [low, double.NaN, high], 0, 100, 6).Ticks.Select(t => t.Label)));

    [Theory]
    [InlineData(0.0003, 0.03, "0.0005 0.001 0.002 0.005 0.01 0.02")]
    [InlineData(1e-7, 1e5, "1e-7 1e-5 0.001 0.1 10 1,000 100,000")]
    [InlineData(110.0, 190.0, "120 140 160 180")]
    public void Ticks_of_a_logarithmic_axis_are_powers_of_ten_and_round_numbers_between_few_of_them(double low, double high, string labels)
        => Assert.Equal(labels, string.Join(' ', AxisScale.Of(new() { IsLog = true }, [0, -1, low, high], 0, 100, 7).Ticks.Select(t => t.Label)));

    [Fact]
    public void Whole_numbers_have_no_ticks_between_them()
        => Assert.Equal(["1", "2", "3"], AxisScale.Of(new() { IsWhole = true, IsTight = true }, [1, 3], 0, 100, 9).Ticks.Select(t => t.Label));

    [Theory]
    [InlineData(double.MinValue, double.MaxValue)]
    [InlineData(1e16, 1e16 + 2)]
    [InlineData(0.0, double.Epsilon)]
    [InlineData(double.NaN, double.NegativeInfinity)]
    public void Extreme_values_give_a_finite_axis_with_few_ticks(double a, double b)
    {
        foreach (bool isLog in (bool[])[false, true])
        {
            AxisScale scale = AxisScale.Of(new() { IsLog = isLog }, [a, b], 10, 100, 5);
            Assert.True(double.IsFinite(scale.Low) && double.IsFinite(scale.High) && scale.Low < scale.High);
            Assert.InRange(scale.Ticks.Count, 0, 40);
            Assert.All(scale.Ticks, t => Assert.InRange(scale.Map(t.Value), 9.9, 100.1));
        }
    }

    [Fact]
    public void A_value_is_mapped_in_proportion_or_by_its_logarithm()
    {
        Assert.Equal(25, AxisScale.Of(new() { Min = 0, Max = 8 }, [], 0, 100, 5).Map(2), 9);
        Assert.Equal(25, AxisScale.Of(new() { Min = 1, Max = 10_000, IsLog = true }, [], 0, 100, 5).Map(10), 9);
        Assert.True(double.IsNaN(AxisScale.Of(new() { IsLog = true }, [1, 10], 0, 100, 5).Map(0)));
    }
}
