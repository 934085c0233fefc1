using System.Globalization;
using Regimen.Catalog;
using Regimen.Configuration;
using Regimen.SweepFiles;

namespace Regimen.Sweeps;

/// <summary>Composes the configs of trials.</summary>
internal sealed class TrialConfigs(ComponentCatalog catalog, string workingDirectory, string? configFile, IReadOnlyList<string> overrides)
{
    /// <summary>Composes the config of a trial.</summary>
    /// <exception cref="RequestException">The config is invalid; the exception lists every problem.</exception>
    public RunConfig Compose(IReadOnlyDictionary<string, string> values, ulong? seed)
    {
        string[] arguments =
        [
            .. overrides,
            .. values.Select(v => $"{v.Key}={v.Value}"),
            .. seed is { } s ? [$"seed={s.ToString(CultureInfo.InvariantCulture)}"] : Array.Empty<string>(),
        ];
        return ConfigComposer.Compose(catalog, new ConfigRequest { WorkingDirectory = workingDirectory, ConfigFile = configFile, Arguments = arguments }).Config
            with { WorkingDirectory = workingDirectory };
    }

    /// <summary>Returns the configs of a plan's trials.</summary>
    public static TrialConfigs Of(ComponentCatalog catalog, string workingDirectory, SweepPlan plan) => new(catalog, workingDirectory, plan.ConfigFile, plan.Overrides);

    /// <summary>Writes the configs of trials into a sweep's folder, unless they were written before.</summary>
    /// <exception cref="RequestException">A config is invalid.</exception>
    /// <exception cref="WorkFailedException">A file can't be written.</exception>
    public static void Write(ComponentCatalog catalog, SweepFolder folder, SweepRecord sweep, IReadOnlyList<TrialRecord> trials)
    {
        string directory = Directory.Exists(sweep.WorkingDirectory) ? sweep.WorkingDirectory : Environment.CurrentDirectory;
        TrialConfigs configs = Of(catalog, directory, sweep.Plan);
        foreach (TrialRecord trial in trials.Where(t => !File.Exists(folder.ConfigFile(t.Number))))
        {
            folder.WriteConfig(trial.Number, configs.Compose(trial.Params, trial.Seed));
        }
    }

    /// <summary>Composes the configs of several trials, and reports the problems of all of them, each once.</summary>
    /// <exception cref="RequestException">A config is invalid.</exception>
    public IReadOnlyList<RunConfig> ComposeAll(IEnumerable<(IReadOnlyDictionary<string, string> Params, ulong? Seed)> trials)
    {
        var configs = new List<RunConfig>();
        var problems = new Dictionary<string, Problem>();
        foreach ((IReadOnlyDictionary<string, string> values, ulong? seed) in trials)
        {
            try
            {
                configs.Add(Compose(values, seed));
            }
            catch (RequestException exception)
            {
                foreach (Problem problem in exception.Problems)
                {
                    problems.TryAdd(problem.ToString(), problem);
                }
            }
        }

        return problems.Count > 0 ? throw new RequestException([.. problems.Values.Take(20)]) : configs;
    }
}
