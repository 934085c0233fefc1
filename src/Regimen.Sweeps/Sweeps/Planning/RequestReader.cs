using System.Globalization;
using System.Text.RegularExpressions;
using Regimen.Catalog;
using Regimen.Configuration;
using Regimen.SweepFiles;

namespace Regimen.Sweeps;

/// <summary>Reads what a sweep shall do, and reports what does not fit together. It reads no data.</summary>
internal sealed partial class RequestReader(ComponentCatalog catalog)
{
    private const string SeedKey = "seed";
    private const string Grid = SweepPlanner.Grid;
    private static readonly string[] SearchNames = [Grid, "random", "sobol", "tpe"];

    /// <summary>Returns the searched keys, the listed seeds, and the settings that all trials share.</summary>
    public (IReadOnlyList<SweepAxis> Axes, IReadOnlyList<ulong> Seeds, IReadOnlyList<string> Overrides) ReadArguments(SweepRequest request, List<Problem> problems)
    {
        var folders = ConfigFolders.For(new ConfigRequest { WorkingDirectory = request.WorkingDirectory });
        var reader = new AxisReader(key => NamesOf(folders, key), problems);
        var axes = new List<SweepAxis>();
        var overrides = new List<string>();
        ulong[] seeds = [];
        foreach (string argument in request.Arguments)
        {
            string key = argument.Split('=')[0];
            SweepAxis? axis = reader.Read(argument);
            if (axis is null)
            {
                overrides.Add(argument);
            }
            else if (axes.Any(a => a.Key == key) || request.Arguments.Count(a => a.Split('=')[0] == key) > 1)
            {
                problems.Add(new Problem("The key is given twice") { Where = argument, Expected = "all values of a key in one list" });
            }
            else if (key is "runs" or "name")
            {
                problems.Add(new Problem($"`{key}` can't be searched: it names the sweep's own folder") { Where = argument, Expected = "one value" });
            }
            else if (key == SeedKey)
            {
                seeds = ReadSeeds(axis, argument, problems);
            }
            else
            {
                axes.Add(axis);
            }
        }

        if (request.Seeds is not null && seeds.Length > 0)
        {
            problems.Add(new Problem("The seeds are given twice") { Where = "--seeds", Expected = "seed=1,2,3 or --seeds N, not both" });
        }

        if (problems.Count == 0 && axes.Count == 0 && seeds.Length == 0 && request.Seeds is null)
        {
            problems.Add(new Problem("There is nothing to search")
            {
                Expected = "a key with several values, for example model.hidden=64,128,256 or --search random --samples 20 \"optimizer.lr=log_interval(1e-4,1e-1)\"",
                Received = request.Arguments.Count == 0 ? "no settings" : string.Join(' ', request.Arguments),
            });
        }

        return (axes, seeds, overrides);
    }

    /// <summary>Returns the names that a pattern is matched with; null for a key without names.</summary>
    private IReadOnlyList<string>? NamesOf(ConfigFolders folders, string key)
        => key is ConfigGroups.Experiment or ConfigGroups.Debug ? [.. folders.Choices(key)]
            : ConfigGroups.All.FirstOrDefault(g => g.Name == key) is { } group ? [.. ConfigChoices.Of(catalog, folders, group)]
            : null;

    private static ulong[] ReadSeeds(SweepAxis axis, string argument, List<Problem> problems)
    {
        string[] texts = axis.Kind switch
        {
            SweepAxisKind.Choice => [.. axis.Values],
            SweepAxisKind.Range => [.. SweepValues.Of(axis)],
            _ => [],
        };
        ulong[] seeds = [.. texts.Select(t => ulong.TryParse(t, NumberStyles.None, CultureInfo.InvariantCulture, out ulong s) ? s : ulong.MaxValue).Where(s => s != ulong.MaxValue)];
        if (seeds.Length == 0 || seeds.Length != texts.Length)
        {
            problems.Add(new Problem("The seeds are not valid") { Where = argument, Expected = "whole numbers separated by commas, or range(1,6)" });
        }

        return seeds;
    }

    /// <summary>Returns the name of the search.</summary>
    public static string ReadSearch(SweepRequest request, IReadOnlyList<SweepAxis> axes, List<Problem> problems)
    {
        string search = request.Search ?? Grid;
        if (!SearchNames.Contains(search))
        {
            problems.Add(new Problem($"Unknown search `{search}`") { Where = "--search", Expected = $"one of {string.Join(", ", SearchNames)}", Received = search, Hint = Spelling.DidYouMean(search, SearchNames) });
        }
        else if (search == Grid && axes.FirstOrDefault(a => a.Kind is SweepAxisKind.Interval or SweepAxisKind.LogInterval) is { } interval)
        {
            problems.Add(new Problem($"A grid has no points in an interval, and `{interval.Key}` is one") { Where = "--search grid", Expected = "--search random, sobol or tpe, with --samples N", Hint = "Or list the values: KEY=0.001,0.01." });
        }
        else if (search == Grid && request.Samples is not null)
        {
            problems.Add(new Problem("A grid trains each of its points") { Where = "--samples", Expected = "--search random, sobol or tpe with --samples" });
        }
        else if (search != Grid && request.Samples is null)
        {
            problems.Add(new Problem($"The number of points of --search {search} is missing") { Where = "--samples", Expected = "a whole number, for example --samples 20", Received = "nothing" });
        }
        else if (search != Grid && axes.Count == 0)
        {
            problems.Add(new Problem($"--search {search} has no key to search") { Where = "--search", Expected = "a key with several values, or an interval" });
        }

        if (search == "tpe" && request.Halving is not null)
        {
            problems.Add(new Problem("Successive halving compares points that are all known before the first is trained; tpe proposes them one after the other")
            {
                Where = "--halving",
                Expected = "--search grid, random or sobol",
            });
        }

        return search;
    }

    /// <summary>Checks what shall happen when a trial fails.</summary>
    public static void CheckOnFailure(string value, List<Problem> problems)
    {
        if (!OnFailurePattern().IsMatch(value))
        {
            problems.Add(new Problem("What to do when a trial fails is not known") { Where = "--on-failure", Expected = "stop, skip or retry:N with N from 1 to 99", Received = value });
        }
    }

    [GeneratedRegex("^(stop|skip|retry:[1-9][0-9]?)\\z")]
    private static partial Regex OnFailurePattern();
}
