using CsCheck;
using Regimen.Reproducibility;
using Regimen.Search;
using Regimen.SweepFiles;
using Regimen.Sweeps;

namespace Regimen.Tests.Sweeps;

/// <summary>Tests that neither the order in which trials end, nor the number that run at the same time, changes what is trained. The trials are
/// simulated: their values are a function of their params and seed.</summary>
public sealed class SweepScheduleTests
{
    private static readonly SweepAxis[] Axes =
    [
        new("a", SweepAxisKind.LogInterval, [], 1e-4, 1, 0),
        new("b", SweepAxisKind.Range, [], 3, 17, 2),
        new("c", SweepAxisKind.Choice, ["x", "y", "z"], 0, 0, 0),
    ];

    [Theory]
    [InlineData("random")]
    [InlineData("sobol")]
    [InlineData("tpe")]
    public void The_trials_do_not_depend_on_jobs_and_order(string search)
    {
        SweepPlan plan = Plan(search, points: 23) with { Seeds = [7, 8], Lag = 3 };
        IReadOnlyList<TrialRecord> one = Simulate(plan, jobs: 1, order: 0);
        Assert.Equal(46, one.Count);
        Assert.All(one, t => Assert.Equal(TrialStatus.Finished, t.Status));
        Gen.Select(Gen.Int[1, 6], Gen.UInt).Sample((jobs, order) => AssertEqual(one, Simulate(plan, jobs, order)), iter: 20, threads: 1);
    }

    [Fact]
    public void Tpe_uses_results_up_to_the_lag_only()
    {
        SweepPlan plan = Plan("tpe", points: 30) with { Lag = 5 };
        IReadOnlyList<TrialRecord> trials = Simulate(plan, jobs: 1, order: 0);

        // Worse values of points 21 to 30 change no point up to 25, and better ones of the first 20 change point 25.
        IReadOnlyList<TrialRecord> others = Simulate(plan, jobs: 1, order: 0, value: t => t.Point > 20 ? 99 + t.Point : Value(t));
        Assert.Equal(Texts(trials.Take(25)), Texts(others.Take(25)));
        IReadOnlyList<TrialRecord> reversed = Simulate(plan, jobs: 1, order: 0, value: t => -Value(t));
        Assert.NotEqual(Texts(trials), Texts(reversed));
    }

    [Fact]
    public void A_failed_trial_stops_nothing()
    {
        SweepPlan plan = Plan("tpe", points: 12) with { Lag = 2 };
        IReadOnlyList<TrialRecord> trials = Simulate(plan, jobs: 2, order: 5, value: t => t.Number % 4 == 0 ? null : Value(t));
        Assert.Equal(12, trials.Count);
        Assert.Equal(3, trials.Count(t => t.Status == TrialStatus.Failed));
    }

    [Fact]
    public void Halving_keeps_the_best_of_each_rung_and_pauses_the_others()
    {
        SweepPlan plan = Plan("sobol", points: 13) with { Halving = 3, Rungs = [2, 6, 18], Seeds = [1, 2] };
        IReadOnlyList<TrialRecord> one = Simulate(plan, jobs: 1, order: 0);
        int[] best = [.. one.GroupBy(t => t.Point).OrderBy(g => g.Average(Value)).Select(g => g.Key)];
        Assert.Equal(best.Take(4).Order(), one.Where(t => t.Epochs >= 6).Select(t => t.Point).Distinct().Order());
        Assert.Equal([best[0]], one.Where(t => t.Status == TrialStatus.Finished).Select(t => t.Point).Distinct());
        Assert.All(one.Where(t => t.Status != TrialStatus.Finished), t => Assert.Equal((TrialStatus.Paused, t.RungValues.Count == 2 ? 6 : 2), (t.Status, t.Epochs)));
        Gen.Select(Gen.Int[1, 6], Gen.UInt).Sample((jobs, order) => AssertEqual(one, Simulate(plan, jobs, order)), iter: 20, threads: 1);
    }

    [Fact]
    public void Halving_for_a_metric_that_grows_keeps_the_highest()
    {
        SweepPlan plan = Plan("sobol", points: 9) with { Halving = 3, Rungs = [1, 3, 9], Mode = "max" };
        IReadOnlyList<TrialRecord> trials = Simulate(plan, jobs: 2, order: 3);
        Assert.Equal(trials.MaxBy(Value)!.Number, trials.Single(t => t.Status == TrialStatus.Finished).Number);
    }

    [Fact]
    public void Halving_goes_on_when_trials_fail()
    {
        SweepPlan plan = Plan("sobol", points: 9) with { Halving = 3, Rungs = [1, 3, 9] };
        IReadOnlyList<TrialRecord> trials = Simulate(plan, jobs: 2, order: 3, value: t => t.Number > 2 ? null : Value(t));
        Assert.Equal(7, trials.Count(t => t.Status == TrialStatus.Failed));
        Assert.Single(trials, t => t.Status == TrialStatus.Finished);
        Assert.All(Simulate(plan, jobs: 2, order: 3, value: _ => null), t => Assert.Equal(TrialStatus.Failed, t.Status));
    }

    [Fact]
    public void A_grid_changes_the_last_key_fastest()
    {
        SweepPlan plan = Plan("grid", points: 16) with { Axes = [Axes[1], new("d", SweepAxisKind.Choice, ["p", "q"], 0, 0, 0)] };
        IReadOnlyList<TrialRecord> trials = Simulate(plan, jobs: 3, order: 9, value: t => t.Number);
        Assert.Equal(["3 p", "3 q", "5 p", "5 q"], trials.Take(4).Select(t => $"{t.Params["b"]} {t.Params["d"]}"));
        Assert.Equal("17 q", $"{trials[15].Params["b"]} {trials[15].Params["d"]}");
    }

    [Fact]
    public void Points_are_ranked_by_mean_with_its_standard_error()
    {
        SweepPlan plan = Plan("sobol", points: 2) with { Seeds = [1, 2, 3] };
        TrialRecord[] trials = [.. new[] { 4.0, 5, 9, 1, 2, 6 }.Select((v, i) => new TrialRecord
        {
            Number = i + 1, Point = (i / 3) + 1, Params = new Dictionary<string, string>(), Seed = plan.Seeds[i % 3], Status = TrialStatus.Finished, Value = v,
        })];
        IReadOnlyList<RankedPoint> ranking = RankedPoint.Of(new SweepRecord { Name = "x", Status = SweepStatus.Finished, Started = default, WorkingDirectory = "", Plan = plan, Trials = trials });
        Assert.Equal([2, 1], ranking.Select(p => p.Point));

        // numpy: values.std(ddof=1) / sqrt(3)
        Assert.Equal([3.0, 6.0], ranking.Select(p => p.Mean!.Value));
        Assert.Equal(1.5275252316519468, ranking[0].StandardError!.Value, 1e-15);
        Assert.Equal(1.5275252316519468, ranking[1].StandardError!.Value, 1e-15);
    }

    private static SweepPlan Plan(string search, int points) => new()
    {
        Axes = Axes, Search = search, Points = points, SearchSeed = 5, Seeds = [42], Lag = 4, Cores = 1, Metric = "val.loss", Mode = "min", OnFailure = "skip",
    };

    /// <summary>Runs a sweep whose trials end in a drawn order.</summary>
    private static IReadOnlyList<TrialRecord> Simulate(SweepPlan plan, int jobs, uint order, Func<TrialRecord, double?>? value = null)
    {
        ISearch search = Searches.Of(plan.Search);
        RandomStream random = RandomStream.For(order, RandomPurpose.Order);
        var running = new List<(int Number, int? Pause)>();
        List<TrialRecord> trials = [];
        while (true)
        {
            trials = [.. SweepSchedule.Propose(plan, search, trials)];
            while (running.Count < jobs && SweepSchedule.Next(plan, trials, new HashSet<int>()) is { } next)
            {
                trials[next.Trial.Number - 1] = next.Trial with { Status = TrialStatus.Running };
                running.Add((next.Trial.Number, next.PauseAfter));
            }

            if (running.Count == 0)
            {
                return trials;
            }

            (int number, int? pause) = running[random.NextInt32(running.Count)];
            running.Remove((number, pause));
            TrialRecord trial = trials[number - 1];
            trials[number - 1] = (value ?? (t => Value(t)))(trial) is not { } v ? trial with { Status = TrialStatus.Failed } : trial with
            {
                Status = pause is null ? TrialStatus.Finished : TrialStatus.Paused,
                Epochs = pause ?? 18,
                Value = v,
                RungValues = [.. plan.Rungs.TakeWhile(r => r <= (pause ?? int.MaxValue)).Select(_ => (double?)v)],
            };
        }
    }

    private static double Value(TrialRecord trial)
    {
        double a = Math.Log10(double.Parse(trial.Params["a"], System.Globalization.CultureInfo.InvariantCulture));
        double b = double.Parse(trial.Params["b"], System.Globalization.CultureInfo.InvariantCulture);
        return ((a + 2) * (a + 2)) + (Math.Abs(b - 9) / 10) + (trial.Params["c"] == "y" ? 0 : 0.7) + (trial.Seed * 0.001);
    }

    private static void AssertEqual(IReadOnlyList<TrialRecord> expected, IReadOnlyList<TrialRecord> actual)
    {
        Assert.Equal(Texts(expected), Texts(actual));
        Assert.Equal(expected.Select(t => (t.Status, t.Epochs, t.Value)), actual.Select(t => (t.Status, t.Epochs, t.Value)));
    }

    private static IEnumerable<string> Texts(IEnumerable<TrialRecord> trials) => trials.Select(t => $"{t.Number} {t.Point} {t.Seed} {string.Join(' ', t.Params.Select(p => p.Value))}");
}
