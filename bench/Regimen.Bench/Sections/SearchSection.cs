using Regimen.Bench.Measuring;

namespace Regimen.Bench.Sections;

/// <summary>The search <c>tpe</c> against Optuna's multivariate TPE: the best value of 50 points less the function's minimum (each pair is one
/// seed), and the time of a proposal at point 100.</summary>
internal static class SearchSection
{
    private const int Seeds = 30;
    private const int Proposals = 11;

    public static void Run(Report report)
    {
        foreach (string function in (string[])["branin", "hartmann6", "mixed"])
        {
            Peer Ours(string measure, string search = "tpe") => Peer.Worker("Regimen", "search", $"function={function}", $"measure={measure}", $"search={search}");
            Peer Optuna(string measure) => Peer.Python("Optuna", "optuna_tpe.py", $"function={function}", $"measure={measure}");
            report.Compare($"{function}, 50 points (regret)", "×1000", Ours("regret"), Optuna("regret"), 1.05, Seeds);
            report.Compare($"{function}, 50 points (regret)", "×1000", Ours("regret"), Ours("regret", "random") with { Name = "random search" }, null, Seeds);
            report.Compare($"{function}, proposal of point 100", "µs", Ours("time"), Optuna("time"), null, Proposals);
        }
    }
}
