using System.Globalization;
using Regimen.Catalog;
using Regimen.Configuration;
using Regimen.Data;
using Regimen.Search;
using Regimen.SweepFiles;

namespace Regimen.Sweeps;

/// <summary>Plans a cross-validation: a sweep whose trials are the folds of each repeat. Reads the data and checks the config of each fold; writes
/// nothing.</summary>
/// <param name="catalog">The catalog of components by name.</param>
/// <param name="machineCores">The number of cores of the machine.</param>
public sealed class CrossValidationPlanner(ComponentCatalog catalog, int machineCores)
{
    private const string Metric = "test.loss";
    private static readonly string[] FoldKeys = [CrossValidationPlan.FoldsKey, CrossValidationPlan.FoldKey, CrossValidationPlan.RepeatKey];

    /// <summary>Plans a cross-validation.</summary>
    /// <param name="request">What it shall do.</param>
    /// <param name="cancellationToken">Ends the preparation.</param>
    /// <exception cref="RequestException">The request, or the config of a fold, is invalid; or the data can't be divided into these folds.</exception>
    public PlannedSweep Plan(CrossValidationRequest request, CancellationToken cancellationToken = default)
    {
        OptionsCheck.ThrowUnlessValid(request);
        var arguments = FoldArguments.Read(request.Arguments);
        var problems = new List<Problem>();
        RequestReader.CheckOnFailure(request.OnFailure, problems);
        RunConfig config = new TrialConfigs(catalog, request.WorkingDirectory, request.ConfigFile, arguments.Others).Compose(new Dictionary<string, string>(), seed: null);
        string[] overrides = [.. arguments.Others, .. OfFolds(arguments, config, problems)];
        if (problems.Count > 0)
        {
            throw new RequestException(problems);
        }

        int runs = arguments.Folds * arguments.Repeats;
        ulong seed = config.Seed ?? 42;
        var plan = new SweepPlan
        {
            Overrides = overrides,
            ConfigFile = request.ConfigFile is { } file ? Path.GetFullPath(file, request.WorkingDirectory) : null,
            Axes = [Numbers(CrossValidationPlan.RepeatKey, arguments.Repeats), Numbers(CrossValidationPlan.FoldKey, arguments.Folds)],
            Search = SweepPlanner.Grid,
            Points = runs,
            SearchSeed = seed,
            Seeds = [seed],
            Lag = 1,
            Cores = request.Cores ?? Math.Max(1, machineCores / Math.Min(machineCores, runs)),
            Metric = Metric,
            Mode = "min",
            OnFailure = request.OnFailure,
            CrossValidation = new CrossValidationPlan(arguments.Folds, arguments.Repeats),
        };
        IReadOnlyList<TrialRecord> trials = SweepSchedule.Propose(plan, Searches.Of(plan.Search), []);
        IReadOnlyList<RunConfig> known = TrialConfigs.Of(catalog, request.WorkingDirectory, plan).ComposeAll(trials.Select(t => (t.Params, (ulong?)t.Seed)));
        new SweepPlanner(catalog, machineCores).Check(plan, known, cancellationToken);
        return new PlannedSweep(plan, config.Name ?? config.RunName, Path.GetFullPath(config.Runs, request.WorkingDirectory), trials);
    }

    /// <summary>Returns the settings by which each run's config has the folds.</summary>
    private static List<string> OfFolds(FoldArguments arguments, RunConfig config, List<Problem> problems)
    {
        var shape = OptionsShape.For(config.Data.Options.GetType());
        if (!FoldKeys.All(key => Has(key)))
        {
            problems.Add(new Problem($"data={config.Data.Name} can't be divided into folds")
            {
                Where = $"data={config.Data.Name}",
                Expected = $"a data set with the keys {string.Join(", ", FoldKeys)}, such as csv, npy, image_folder, webdataset or mnist",
                Received = "one without them",
            });
            return [];
        }

        List<string> settings = [string.Create(CultureInfo.InvariantCulture, $"{CrossValidationPlan.FoldsKey}={arguments.Folds}")];
        if (arguments.Group is { } group)
        {
            if (new[] { "data.group", "data.groups" }.FirstOrDefault(Has) is { } key)
            {
                settings.Add($"{key}={group}");
            }
            else
            {
                problems.Add(new Problem($"data={config.Data.Name} has no groups") { Where = $"cv.group={group}", Expected = "a data set with the key data.group or data.groups" });
            }
        }

        TargetKind targets = config.Objective.Options.Task.Targets;
        if (arguments.Stratify == true && targets is not (TargetKind.ClassIndex or TargetKind.Other))
        {
            problems.Add(new Problem("Folds can be stratified by classes only") { Where = "cv.stratify=true", Expected = "an objective for classes, or cv.stratify=auto", Received = $"objective={config.Objective.Name}" });
        }
        else if (arguments.Stratify is { } stratify && Has("data.stratify"))
        {
            settings.Add($"data.stratify={(stratify ? "true" : "false")}");
        }

        return settings;

        bool Has(string key) => shape.Find(key["data.".Length..]) is not null;
    }

    private static SweepAxis Numbers(string key, int count) => new(key, SweepAxisKind.Range, [], 1, count, 1);
}
