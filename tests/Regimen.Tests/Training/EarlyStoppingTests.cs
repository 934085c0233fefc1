using Regimen.Metrics;
using Regimen.Runs;
using Regimen.Training;

namespace Regimen.Tests.Training;

public sealed class EarlyStoppingTests
{
    [Theory]
    [InlineData(MonitorMode.Min, 2, 0, new[] { 3.0, 2, 1 }, 3, true, false)]
    [InlineData(MonitorMode.Min, 2, 0, new[] { 1.0, 2 }, 1, false, false)]
    [InlineData(MonitorMode.Min, 2, 0, new[] { 1.0, 2, 2 }, 1, false, true)]
    [InlineData(MonitorMode.Min, 2, 0, new[] { 1.0, 2, 0.5, 0.6 }, 3, false, false)]
    [InlineData(MonitorMode.Min, 1, 0, new[] { 1.0, 1 }, 1, false, true)]
    [InlineData(MonitorMode.Min, 2, 0.5, new[] { 3.0, 2.6, 2.4 }, 3, true, false)]
    [InlineData(MonitorMode.Min, 2, 0.5, new[] { 3.0, 2.6, 2.5 }, 1, false, true)]
    [InlineData(MonitorMode.Max, 2, 0, new[] { 0.5, 0.6, 0.6, 0.4 }, 2, false, true)]
    [InlineData(MonitorMode.Max, 3, 0, new[] { double.NaN, 0.1, double.NaN }, 2, false, false)]
    [InlineData(MonitorMode.Min, 2, 0, new[] { 1, double.NaN, double.NaN }, 1, false, true)]
    public void The_decision_is_a_function_of_the_history(MonitorMode mode, int patience, double minDelta, double[] values, int best, bool improved, bool stops)
    {
        EarlyStoppingDecision decision = EarlyStopping.Decide(
            new EarlyStoppingOptions { Mode = mode, Patience = patience, MinDelta = minDelta }, HistoryOf(values));
        Assert.Equal(best, decision.Best?.At.Epoch);
        Assert.Equal(improved, decision.Improved);
        Assert.Equal(stops, decision.StopReason is not null);
    }

    [Fact]
    public void The_decision_has_a_reason()
    {
        EarlyStoppingDecision decision = EarlyStopping.Decide(new EarlyStoppingOptions { Patience = 2 }, HistoryOf(0.25, 0.5, 0.75));
        Assert.Equal("val.loss has not improved on 0.25 (epoch 1, step 10) in 2 validations", decision.StopReason);
    }

    [Fact]
    public void Without_permission_to_stop_the_best_weights_are_still_determined()
    {
        EarlyStoppingDecision decision = EarlyStopping.Decide(new EarlyStoppingOptions { Patience = 1 }, HistoryOf(1, 2, 3), mayStop: false);
        Assert.Equal((1, null), (decision.Best!.At.Epoch, decision.StopReason));
    }

    [Fact]
    public void Defaults_match_the_default_run()
        => Assert.Equal(
            new EarlyStoppingOptions { Monitor = "val.loss", Mode = null, Patience = 3, MinDelta = 0, RestoreBest = true }, new EarlyStoppingOptions());

    private static History HistoryOf(params double[] values) => values.Select((v, i) => new Pass
    {
        At = new Progress(i + 1, (i + 1) * 10),
        Split = Pass.Validation,
        Samples = 1,
        Loss = v,
        Seconds = 0,
    }).Aggregate(History.Empty, (history, pass) => history.With(pass));
}
