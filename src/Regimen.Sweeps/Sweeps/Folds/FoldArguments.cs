using System.Globalization;

namespace Regimen.Sweeps;

/// <summary>The settings of a cross-validation, apart from those of its runs.</summary>
/// <param name="Folds">The number of folds.</param>
/// <param name="Repeats">The number of repeats.</param>
/// <param name="Group">What forms groups, as in the data set's key; null for the config's own.</param>
/// <param name="Stratify">Whether folds have each class in its proportion; null for the config's own choice.</param>
/// <param name="Others">The settings of the runs' config.</param>
internal sealed record FoldArguments(int Folds, int Repeats, string? Group, bool? Stratify, IReadOnlyList<string> Others)
{
    private const string FoldsKey = "folds";
    private const string RepeatsKey = "repeats";
    private const string GroupKey = "cv.group";
    private const string StratifyKey = "cv.stratify";
    private const string Prefix = "cv.";
    private const int MostFolds = 10_000;
    private static readonly string[] Own = [FoldsKey, RepeatsKey, GroupKey, StratifyKey];
    private static readonly string[] OfRuns = ["data.folds", "data.fold", "data.repeat"];

    /// <summary>Reads the settings.</summary>
    /// <exception cref="RequestException">A setting is missing, given twice or invalid; the exception lists every problem.</exception>
    public static FoldArguments Read(IReadOnlyList<string> arguments)
    {
        var problems = new List<Problem>();
        var own = new Dictionary<string, string>();
        var others = new List<string>();
        foreach (string argument in arguments)
        {
            string[] parts = argument.Split('=', 2);
            if (Own.Contains(parts[0]) && parts.Length == 2)
            {
                if (!own.TryAdd(parts[0], parts[1]))
                {
                    problems.Add(new Problem("The setting is given twice") { Where = argument, Expected = $"{parts[0]} once" });
                }
            }
            else if (parts[0].StartsWith(Prefix, StringComparison.Ordinal))
            {
                problems.Add(new Problem($"Unknown setting `{parts[0]}`") { Where = argument, Expected = $"{GroupKey} or {StratifyKey}", Hint = Spelling.DidYouMean(parts[0], Own) });
            }
            else if (OfRuns.Contains(parts[0]))
            {
                problems.Add(new Problem("The cross-validation sets the fold of each run") { Where = argument, Expected = $"{FoldsKey}=N and {RepeatsKey}=N" });
            }
            else
            {
                others.Add(argument);
            }
        }

        if (!own.ContainsKey(FoldsKey))
        {
            problems.Add(new Problem("The number of folds is missing") { Where = FoldsKey, Expected = $"{FoldsKey}=N, for example {FoldsKey}=5" });
        }

        int folds = Number(own, FoldsKey, least: 2, problems);
        int repeats = Number(own, RepeatsKey, least: 1, problems);
        bool? stratify = own.GetValueOrDefault(StratifyKey, "auto") switch
        {
            "true" => true,
            "false" => false,
            "auto" => null,
            var other => Refuse(StratifyKey, "true, false or auto", other, problems),
        };
        if (own.TryGetValue(GroupKey, out string? group) && group.Length == 0)
        {
            Refuse(GroupKey, "a column, or what the data set's key of groups takes", "nothing", problems);
        }

        if ((long)folds * repeats > SweepPlanner.MostTrials)
        {
            Refuse($"{FoldsKey} and {RepeatsKey}", string.Create(CultureInfo.InvariantCulture, $"at most {SweepPlanner.MostTrials} runs"), string.Create(CultureInfo.InvariantCulture, $"{(long)folds * repeats}"), problems);
        }

        return problems.Count > 0 ? throw new RequestException(problems) : new(folds, repeats, group, stratify, others);
    }

    private static int Number(Dictionary<string, string> own, string key, int least, List<Problem> problems)
    {
        string text = own.GetValueOrDefault(key, least.ToString(CultureInfo.InvariantCulture));
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number >= least && number <= MostFolds)
        {
            return number;
        }

        Refuse(key, string.Create(CultureInfo.InvariantCulture, $"a whole number from {least} to {MostFolds}"), text, problems);
        return least;
    }

    private static bool? Refuse(string key, string expected, string received, List<Problem> problems)
    {
        problems.Add(new Problem("The setting is not valid") { Where = key, Expected = expected, Received = received });
        return null;
    }
}
