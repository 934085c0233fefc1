using System.Globalization;
using Regimen.Optimization;
using Regimen.Tests.TestKit;

namespace Regimen.Tests.Optimization;

/// <summary>Schedules step by step against PyTorch's schedulers, which are stepped once a step: 5 epochs of 7 steps, warmups that end within
/// an epoch.</summary>
public sealed class ScheduleReferenceTests
{
    private const double Lr = 0.37;
    private const int StepsPerEpoch = 7;
    private const int Steps = 5 * StepsPerEpoch;

    /// <summary>Prints a line for each case: its name and the learning rates. <c>warm</c> is a warmup of some steps from a factor
    /// which ends after <c>total</c> steps, and then x.</summary>
    private const string Script =
        """
        import warnings, numpy, torch
        from torch.optim.lr_scheduler import *
        warnings.simplefilter("ignore")
        E, N, LR = 7, 35, 0.37
        def warm(start, steps, after, total=None):
            return lambda o: SequentialLR(o, [LinearLR(o, start, total_iters=total or steps), after(o)], milestones=[steps])
        cases = {
            "constant": warm(0.2, 10, lambda o: ConstantLR(o, 1.0, 1)),
            "constant_from_near_0": warm(1 / 10, 10, lambda o: ConstantLR(o, 1.0, 1), 9),
            "step": warm(0.2, 10, lambda o: StepLR(o, 2 * E, 0.3)),
            "multi_step": warm(0.05, 8, lambda o: MultiStepLR(o, [1 * E, 3 * E], 0.3)),
            "exponential": warm(0.2, 10, lambda o: LambdaLR(o, lambda k: 0.8 ** (k // E))),
            "cosine": warm(0.2, 10, lambda o: CosineAnnealingLR(o, N - 10, 0.05)),
            "cosine_from_near_0": warm(1 / 10, 10, lambda o: CosineAnnealingLR(o, 5 * E - 10, 0.05), 9),
            "restarts": lambda o: CosineAnnealingWarmRestarts(o, 2 * E, 1, 0.01),
            "restarts_longer": lambda o: CosineAnnealingWarmRestarts(o, 1 * E, 2, 0.01),
            "restarts_warm": warm(0.3, 3, lambda o: CosineAnnealingWarmRestarts(o, 1 * E, 3, 0)),
            "polynomial": lambda o: PolynomialLR(o, 3 * E, 1.0),
            "polynomial_run": lambda o: PolynomialLR(o, N, 0.5),
            "polynomial_warm": warm(0.3, 11, lambda o: PolynomialLR(o, N - 11, 2.3)),
            "list_epochs": lambda o: LambdaLR(o, lambda k: [1, 0.3, 0.7][(k >= 1 * E) + (k >= 3 * E)]),
            "list_epochs_linear": lambda o: LambdaLR(o, lambda k: numpy.interp(k / E, [0, 1.5, 4], [0.1, 1, 0])),
            "list_steps_linear": lambda o: LambdaLR(o, lambda k: numpy.interp(k, [0, 5, 23], [0.2, 0.9, 0.4]) / LR),
            "list_steps_warm": warm(0.1, 6, lambda o: LambdaLR(o, lambda k: numpy.interp(k, [0, 5, 23], [1, 0.9, 0.4]))),
        }
        for name, case in cases.items():
            optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=LR)
            scheduler = case(optimizer)
            rates = []
            for _ in range(N):
                rates.append(optimizer.param_groups[0]["lr"])
                optimizer.step()
                scheduler.step()
            print(name, *map(repr, rates))
        """;

    private static readonly Lazy<Dictionary<string, double[]>> PyTorchs = new(() => PyTorch.Run(Script).Split('\n', StringSplitOptions.RemoveEmptyEntries)
        .Select(line => line.Split(' ')).ToDictionary(parts => parts[0], parts => parts[1..].Select(n => double.Parse(n, CultureInfo.InvariantCulture)).ToArray()));

    public static TheoryData<string, Schedule> Cases => new()
    {
        { "constant", new ConstantSchedule { WarmupSteps = 10, WarmupStartFactor = 0.2 } },
        { "constant_from_near_0", new ConstantSchedule { WarmupSteps = 10 } },
        { "step", new StepSchedule { StepSize = 2, Gamma = 0.3, WarmupSteps = 10, WarmupStartFactor = 0.2 } },
        { "multi_step", new MultiStepSchedule { Milestones = [1, 3], Gamma = 0.3, WarmupSteps = 8, WarmupStartFactor = 0.05 } },
        { "exponential", new ExponentialSchedule { Gamma = 0.8, WarmupSteps = 10, WarmupStartFactor = 0.2 } },
        { "cosine", new CosineSchedule { EtaMin = 0.05, WarmupSteps = 10, WarmupStartFactor = 0.2 } },
        { "cosine_from_near_0", new CosineSchedule { TMax = 5, EtaMin = 0.05, WarmupSteps = 10 } },
        { "restarts", new CosineRestartsSchedule { T_0 = 2, EtaMin = 0.01 } },
        { "restarts_longer", new CosineRestartsSchedule { T_0 = 1, TMult = 2, EtaMin = 0.01 } },
        { "restarts_warm", new CosineRestartsSchedule { T_0 = 1, TMult = 3, WarmupSteps = 3, WarmupStartFactor = 0.3 } },
        { "polynomial", new PolynomialSchedule { TotalIters = 3 } },
        { "polynomial_run", new PolynomialSchedule { Power = 0.5 } },
        { "polynomial_warm", new PolynomialSchedule { Power = 2.3, WarmupSteps = 11, WarmupStartFactor = 0.3 } },
        { "list_epochs", new ListSchedule { Values = [1, 0.3, 0.7], At = [0, 1, 3] } },
        { "list_epochs_linear", new ListSchedule { Values = [0.1, 1, 0], At = [0, 1.5, 4], Interpolation = ScheduleInterpolation.Linear } },
        { "list_steps_linear", Line(absolute: true, 0.2) },
        { "list_steps_warm", Line(absolute: false, 1) with { WarmupSteps = 6, WarmupStartFactor = 0.1 } },
    };

    /// <summary>Every schedule with parameters at which its rate changes within the steps.</summary>
    public static TheoryData<Schedule> Varied =>
    [
        new ConstantSchedule(), new StepSchedule { StepSize = 2 }, new MultiStepSchedule { Milestones = [1, 3] }, new ExponentialSchedule(), new CosineSchedule(), new OneCycleSchedule(),
        new ReduceOnPlateau { Patience = 0 }, new CosineRestartsSchedule { T_0 = 1, TMult = 2 }, new PolynomialSchedule(), Line(absolute: false, 1),
    ];

    [Theory]
    [MemberData(nameof(Cases), DisableDiscoveryEnumeration = true)]
    public void The_learning_rates_equal_those_of_PyTorch(string name, Schedule schedule)
    {
        PyTorch.SkipWhereMissing();
        double[] expected = PyTorchs.Value[name];
        Assert.Equal(Steps, expected.Length);
        for (int step = 1; step <= Steps; step++)
        {
            double rate = Lr * schedule.FactorWithWarmup(At(step, Steps));
            Assert.True(Math.Abs(expected[step - 1] - rate) <= 1e-12, $"step {step}: PyTorch has {expected[step - 1]:r}, received {rate:r}");
        }
    }

    [Theory]
    [MemberData(nameof(Varied), DisableDiscoveryEnumeration = true)]
    public void After_a_warmup_every_schedule_is_that_of_a_run_which_begins_there(Schedule schedule)
    {
        const int warmup = 10;
        double[] watched = [1, 2, 3];
        for (int step = 1; step <= Steps; step++)
        {
            double factor = (schedule with { WarmupSteps = warmup, WarmupStartFactor = 0.25 }).FactorWithWarmup(At(step, Steps) with { Watched = watched });
            double expected = step <= warmup ? 0.25 + (0.75 * (step - 1) / warmup) : schedule.FactorWithWarmup(At(step - warmup, Steps - warmup) with { Watched = watched });
            Assert.Equal(expected, factor, 1e-15);
        }
    }

    [Theory]
    [MemberData(nameof(Varied), DisableDiscoveryEnumeration = true)]
    public void Without_a_warmup_no_bit_changes(Schedule schedule)
        => Assert.All(Enumerable.Range(1, Steps), step => Assert.Equal(
            BitConverter.DoubleToInt64Bits(schedule.FactorAt(At(step, Steps))), BitConverter.DoubleToInt64Bits(schedule.FactorWithWarmup(At(step, Steps)))));

    [Fact]
    public void A_run_may_end_within_the_warmup()
    {
        foreach (Schedule schedule in new Schedule[] { new OneCycleSchedule { WarmupSteps = 50 }, new PolynomialSchedule { WarmupSteps = 50 }, new CosineSchedule { WarmupSteps = 50 } })
        {
            Assert.Equal(0.7, schedule.FactorWithWarmup(At(Steps, Steps)));
        }
    }

    [Fact]
    public void A_list_is_checked()
    {
        Assert.Empty(new ListSchedule().Check());
        Assert.Empty(new ListSchedule { Values = [0.5], At = [0] }.Check());
        Assert.Equal(["Count"], Messages(new ListSchedule { Values = [1, 0.1], At = [0] }));
        Assert.Equal(["Order"], Messages(new ListSchedule { Values = [1, 0.1], At = [1, 2] }));
        Assert.Equal(["Order"], Messages(new ListSchedule { Values = [1, 0.1, 0.2], At = [0, 2, 2] }));
        Assert.Equal(["Count", "Order", "Whole"], Messages(new ListSchedule { Values = [1], At = [0.5, 0.25], Unit = ScheduleUnit.Steps }));

        static IEnumerable<string> Messages(ListSchedule list) => list.Check().Select(p => (p.Where, p.Message) switch
        {
            ("schedule.at", "A schedule has not as many times as values") => "Count",
            ("schedule.at", "The times of a schedule are not in ascending order from 0") => "Order",
            ("schedule.at", "The times of a schedule are not whole steps") => "Whole",
            _ => p.ToString(),
        });
    }

    [Fact]
    public void Lists_are_compared_by_value()
    {
        Assert.Equal(Line(absolute: true, 1), Line(absolute: true, 1));
        Assert.Equal(Line(absolute: true, 1).GetHashCode(), Line(absolute: true, 1).GetHashCode());
        Assert.NotEqual(Line(absolute: true, 1), Line(absolute: true, 2));
        Assert.NotEqual(Line(absolute: true, 1), Line(absolute: true, 1) with { WarmupSteps = 1 });
    }

    private static ListSchedule Line(bool absolute, double first) => new()
    {
        Values = [first, 0.9, 0.4],
        At = [0, 5, 23],
        Unit = ScheduleUnit.Steps,
        Interpolation = ScheduleInterpolation.Linear,
        Absolute = absolute,
    };

    private static ScheduleProgress At(int step, int total) => new(step, ((step - 1) / StepsPerEpoch) + 1, StepsPerEpoch, total) { Lr = Lr };
}
