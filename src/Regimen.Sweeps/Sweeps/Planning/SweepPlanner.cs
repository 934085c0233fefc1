using System.Globalization;
using Regimen.Catalog;
using Regimen.Configuration;
using Regimen.Evaluation;
using Regimen.Experiments;
using Regimen.Metrics;
using Regimen.Runs;
using Regimen.Search;
using Regimen.SweepFiles;

namespace Regimen.Sweeps;

/// <summary>Plans a sweep: reads its settings, composes and checks the config of every trial that is known, and finds the metric that ranks them. It
/// writes nothing.</summary>
/// <param name="catalog">The catalog of components by name.</param>
/// <param name="machineCores">The number of cores of the machine.</param>
public sealed class SweepPlanner(ComponentCatalog catalog, int machineCores)
{
    /// <summary>The largest number of trials of a sweep.</summary>
    public const int MostTrials = 10_000;

    internal const string Grid = "grid";
    private const int DefaultLag = 4;

    /// <summary>Plans a sweep.</summary>
    /// <param name="request">What the sweep shall do.</param>
    /// <param name="cancellationToken">Ends the preparation.</param>
    /// <exception cref="RequestException">The request, or the config of a trial, is invalid; the exception lists every problem.</exception>
    public PlannedSweep Plan(SweepRequest request, CancellationToken cancellationToken = default)
    {
        OptionsCheck.ThrowUnlessValid(request);
        var problems = new List<Problem>();
        (IReadOnlyList<SweepAxis> axes, IReadOnlyList<ulong> listed, IReadOnlyList<string> overrides) = new RequestReader(catalog).ReadArguments(request, problems);
        string search = RequestReader.ReadSearch(request, axes, problems);
        RequestReader.CheckOnFailure(request.OnFailure, problems);
        ThrowIf(problems);

        // The config without the searched keys may be incomplete or invalid; what is needed of it here is in every trial's config.
        long points = search == Grid ? GridPoints(axes) : request.Samples!.Value;
        IReadOnlyDictionary<string, string> first = axes.ToDictionary(a => a.Key, ValueOf);
        var configs = new TrialConfigs(catalog, request.WorkingDirectory, request.ConfigFile, overrides);
        configs.ComposeAll(Ends(axes, listed.Count > 0 ? listed[0] : null));
        RunConfig sample = configs.Compose(first, listed.Count > 0 ? listed[0] : null);
        IReadOnlyList<ulong> seeds = SeedsOf(request, listed, sample.Seed);
        if (points * seeds.Count > MostTrials)
        {
            throw new RequestException(new Problem("The sweep has too many trials")
            {
                Expected = $"at most {MostTrials} trials",
                Received = string.Create(CultureInfo.InvariantCulture, $"{points} points with {seeds.Count} seeds"),
                Hint = "Search a part of the grid: --search random --samples N.",
            });
        }

        int lag = request.Lag ?? DefaultLag;
        long parallel = Math.Min(machineCores, search == "tpe" ? lag * seeds.Count : points * seeds.Count);
        var plan = new SweepPlan
        {
            Overrides = overrides,
            ConfigFile = request.ConfigFile is { } file ? Path.GetFullPath(file, request.WorkingDirectory) : null,
            Axes = axes,
            Search = search,
            Points = (int)points,
            SearchSeed = request.SearchSeed ?? seeds[0],
            Seeds = seeds,
            Lag = lag,
            Cores = request.Cores ?? Math.Max(1, (int)(machineCores / parallel)),
            Metric = request.Metric ?? sample.EarlyStopping?.Monitor ?? "val.loss",
            Mode = "min",
            Halving = request.Halving,
            Rungs = request.Halving is { } factor ? RungsOf(factor, (int)points, sample) : [],
            OnFailure = request.OnFailure,
        };
        IReadOnlyList<TrialRecord> trials = SweepSchedule.Propose(plan, Searches.Of(search), []);
        IReadOnlyList<RunConfig> known = TrialConfigs.Of(catalog, request.WorkingDirectory, plan).ComposeAll(trials.Select(t => (t.Params, (ulong?)t.Seed)));
        CheckKnown(plan, known);
        plan = plan with { Mode = Check(plan, known, cancellationToken) };
        return new PlannedSweep(plan, sample.Name ?? sample.RunName, Path.GetFullPath(sample.Runs, request.WorkingDirectory), trials);
    }

    private static long GridPoints(IReadOnlyList<SweepAxis> axes) => axes.Aggregate(1L, (product, axis) => Math.Min(product * SweepValues.Of(axis).Count, 1L << 40));

    private static IReadOnlyList<ulong> SeedsOf(SweepRequest request, IReadOnlyList<ulong> listed, ulong? first)
        => listed.Count > 0 ? listed : [.. Enumerable.Range(0, request.Seeds ?? 1).Select(i => (first ?? 42) + (ulong)i)];

    /// <summary>Returns the epochs at which the best points are kept: each rung is factor times as long as the one before, the last one is a whole run.</summary>
    private static IReadOnlyList<int> RungsOf(int factor, int points, RunConfig config)
    {
        int epochs = config.Trainer.Epochs;
        int last = 0;
        for (long n = factor; n <= Math.Min(points, epochs); n *= factor)
        {
            last++;
        }

        return last == 0
            ? throw new RequestException(new Problem("There is nothing to halve")
            {
                Where = $"--halving {factor}",
                Expected = $"at least {factor} points and at least {factor} epochs",
                Received = string.Create(CultureInfo.InvariantCulture, $"{points} points, trainer.epochs={epochs}"),
            })
            : [.. Enumerable.Range(0, last + 1).Select(i => Math.Max(1, (int)Math.Round(epochs / Math.Pow(factor, last - i), MidpointRounding.AwayFromZero)))];
    }

    /// <summary>Returns points with the lowest and highest value of each axis, and each of its choices, so that a wrong bound is found before the first
    /// step, even if no known trial has it.</summary>
    private static IEnumerable<(IReadOnlyDictionary<string, string> Params, ulong? Seed)> Ends(IReadOnlyList<SweepAxis> axes, ulong? seed)
    {
        Dictionary<string, string> first = axes.ToDictionary(a => a.Key, ValueOf);
        return [(first, seed), .. axes.SelectMany(a => SweepValues.Ends(a).Skip(1).Select(value => ((IReadOnlyDictionary<string, string>)new Dictionary<string, string>(first) { [a.Key] = value }, seed)))];
    }

    private static string ValueOf(SweepAxis axis) => SweepValues.Ends(axis)[0];

    private static void CheckKnown(SweepPlan plan, IReadOnlyList<RunConfig> known)
    {
        if (plan.Halving is not null && known.Select(c => c.Trainer.Epochs).Distinct().Count() > 1)
        {
            throw new RequestException(new Problem("Successive halving compares trials after the same number of epochs") { Where = "trainer.epochs", Expected = "one value", Received = "several" });
        }

        if (plan.Halving is not null && plan.Metric.StartsWith("test.", StringComparison.Ordinal))
        {
            throw new RequestException(new Problem("Successive halving needs a value of each epoch; the test set is measured at the end only") { Where = "--metric", Expected = "a value of val or train", Received = plan.Metric });
        }
    }

    /// <summary>Loads the data and creates the model of one trial for each combination of model, data and objective, and finds the direction of the
    /// metric.</summary>
    internal string Check(SweepPlan plan, IReadOnlyList<RunConfig> known, CancellationToken cancellationToken)
    {
        string? mode = null;
        foreach (RunConfig config in known.DistinctBy(c => (c.Model.Name, c.ToJson()["data"]!.ToJsonString(), c.Objective.Name)))
        {
            using var experiment = Experiment.Prepare(config, catalog, cancellationToken: cancellationToken);
            experiment.Check();
            experiment.CheckSamples();
            MetricName[] metrics = [MetricName.Loss, .. Evaluator.Names(experiment.Objective, experiment.Data.Train, config.Metrics)];
            string[] values =
            [
                .. experiment.Data.Validation is { Count: > 0 } ? metrics.Select(m => $"{Pass.Validation}.{m.Name}") : [],
                .. experiment.Data.Test is { Count: > 0 } ? metrics.Select(m => $"{Pass.Test}.{m.Name}") : [],
                "train.loss",
            ];
            if (!values.Contains(plan.Metric))
            {
                throw new RequestException(new Problem($"The trials have no value `{plan.Metric}`")
                {
                    Where = "--metric",
                    Expected = $"one of {string.Join(", ", values.Distinct())}",
                    Received = plan.Metric,
                    Hint = Spelling.DidYouMean(plan.Metric, values),
                });
            }

            mode ??= metrics.First(m => m.Name == plan.Metric.Split('.', 2)[1]).Better == MonitorMode.Min ? "min" : "max";
        }

        return mode!;
    }

    private static void ThrowIf(List<Problem> problems)
    {
        if (problems.Count > 0)
        {
            throw new RequestException(problems);
        }
    }
}

/// <summary>A sweep that is planned and checked, before anything is written.</summary>
/// <param name="Plan">The plan.</param>
/// <param name="Name">The end of its folder's name.</param>
/// <param name="Runs">The folder of all runs, absolute.</param>
/// <param name="Trials">The trials that are known.</param>
public sealed record PlannedSweep(SweepPlan Plan, string Name, string Runs, IReadOnlyList<TrialRecord> Trials);
