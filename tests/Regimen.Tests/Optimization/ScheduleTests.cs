using Regimen.Metrics;
using Regimen.Optimization;

namespace Regimen.Tests.Optimization;

/// <summary>Schedules against PyTorch 1.13 with the same options: twelve epochs of one step, a learning rate of 0.5.</summary>
public sealed class ScheduleTests
{
    private const double Lr = 0.5;
    private const int Epochs = 12;

    private static readonly double[] Course = [1.0, 0.9, 0.95, 0.91, 0.92, 0.8999, 0.5, 0.6, 0.6, 0.6, 0.6, 0.6];

    [Fact]
    public void Step() => Matches(
        new StepSchedule { StepSize = 3, Gamma = 0.3 }, [0.5, 0.5, 0.5, 0.15, 0.15, 0.15, 0.045, 0.045, 0.045, 0.0135, 0.0135, 0.0135]);

    [Fact]
    public void Multi_step() => Matches(
        new MultiStepSchedule { Milestones = [2, 5, 9], Gamma = 0.3 }, [0.5, 0.5, 0.15, 0.15, 0.15, 0.045, 0.045, 0.045, 0.045, 0.0135, 0.0135, 0.0135]);

    [Fact]
    public void Exponential() => Matches(
        new ExponentialSchedule { Gamma = 0.8 },
        [0.5, 0.4, 0.32, 0.256, 0.2048, 0.16384, 0.131072, 0.1048576, 0.08388608, 0.067108864, 0.0536870912, 0.04294967296]);

    [Fact]
    public void Cosine() => Matches(
        new CosineSchedule { TMax = 11, EtaMin = 0.05 },
        [
            0.5, 0.49088591906326196, 0.4642820448870158, 0.42234366513768923, 0.36846837792542453, 0.30702083861148916, 0.2429791613885109,
            0.18153162207457563, 0.12765633486231093, 0.08571795511298427, 0.0591140809367381, 0.05,
        ]);

    [Fact]
    public void One_cycle_with_cosine_curves() => Matches(
        new OneCycleSchedule(),
        [
            0.020000000000000018, 0.17489482710979154, 0.43964257956106434, 0.49720771772545586, 0.46650648492070584, 0.4058728269748815,
            0.32368949884755166, 0.23131855133348753, 0.14153049910434962, 0.0667387650944153, 0.01728349371269761, 2e-06,
        ]);

    [Fact]
    public void One_cycle_with_linear_curves() => Matches(
        new OneCycleSchedule { PctStart = 0.4, DivFactor = 10, FinalDivFactor = 100, AnnealStrategy = AnnealStrategy.Linear },
        [
            0.05, 0.16842105263157892, 0.28684210526315784, 0.40526315789473677, 0.48612500000000003, 0.41675, 0.347375, 0.278, 0.208625, 0.13925,
            0.069875, 0.0005,
        ]);

    [Fact]
    public void Reduce_on_plateau() => Matches(
        new ReduceOnPlateau { Factor = 0.5, Patience = 1 }, [0.5, 0.5, 0.5, 0.5, 0.25, 0.25, 0.25, 0.25, 0.25, 0.125, 0.125, 0.0625], Course);

    [Fact]
    public void Reduce_on_plateau_with_a_cooldown_and_a_minimum() => Matches(
        new ReduceOnPlateau { Mode = MonitorMode.Max, Factor = 0.5, Patience = 0, Cooldown = 2, Threshold = 0.05, ThresholdMode = ThresholdMode.Abs, MinLr = 0.1 },
        [0.5, 0.5, 0.25, 0.25, 0.25, 0.125, 0.125, 0.125, 0.1, 0.1, 0.1, 0.1],
        Course);

    [Fact]
    public void NaN_is_not_an_improvement()
        => Assert.Equal(0.1, new ReduceOnPlateau { Patience = 1 }.FactorAt(At(4) with { Watched = [1, double.NaN, double.NaN] }), 12);

    [Fact]
    public void The_warmup_is_linear_and_precedes_the_cosine()
    {
        var schedule = new CosineSchedule { WarmupSteps = 4 };
        Assert.Equal([0.25, 0.5, 0.75, 1, 1], Enumerable.Range(1, 5).Select(step => schedule.FactorAt(At(step))));
        Assert.Equal((1 + Math.Cos(Math.PI * 7 / 8)) / 2, schedule.FactorAt(At(12)), 12);
    }

    [Fact]
    public void After_its_end_the_cosine_stays_at_its_minimum()
        => Assert.Equal([0.1, 0.1], new[] { 6, 12 }.Select(step => Math.Round(new CosineSchedule { TMax = 5, EtaMin = 0.05 }.FactorAt(At(step)), 12)));

    [Fact]
    public void Milestones_out_of_order_are_an_error()
        => Assert.Equal("schedule.milestones", Assert.Single(new MultiStepSchedule { Milestones = [5, 5] }.Check()).Where);

    private static ScheduleProgress At(int step) => new(step, step, 1, Epochs) { Lr = Lr };

    private static void Matches(Schedule schedule, double[] expected, double[]? watched = null)
    {
        for (int epoch = 1; epoch <= Epochs; epoch++)
        {
            double lr = Lr * schedule.FactorAt(At(epoch) with { Watched = watched?[..(epoch - 1)] });
            Assert.Equal(expected[epoch - 1], lr, 1e-12);
        }
    }
}
