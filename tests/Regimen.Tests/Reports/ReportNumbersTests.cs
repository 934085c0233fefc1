using Regimen.Metrics;
using Regimen.Reports;

namespace Regimen.Tests.Reports;

public sealed class ReportNumbersTests
{
    [Fact]
    public void The_metrics_in_percent_are_the_built_in_fractions()
    {
        Assert.All(MetricName.BuiltIn, m => Assert.Equal(m.IsFraction, ReportNumbers.IsFraction($"val.{m.Name}")));
        Assert.True(ReportNumbers.IsFraction("calibration_error"));
        Assert.False(ReportNumbers.IsFraction("val.loss"));
    }

    [Theory]
    [InlineData(0.5, "500 ms")]
    [InlineData(99.94, "99.9 s")]
    [InlineData(754.0, "12 min 34 s")]
    [InlineData(3599.7, "1 h 00 min")]
    [InlineData(7384.0, "2 h 03 min")]
    public void A_duration_has_two_units(double seconds, string text) => Assert.Equal(text, ReportNumbers.Duration(seconds));
}
