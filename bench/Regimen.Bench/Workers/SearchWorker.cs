using System.Diagnostics;
using Regimen.Search;
using Regimen.Tests.Search;

namespace Regimen.Bench.Workers;

/// <summary>A search of 50 points with the next seed at each call, or one proposal after 99 results.</summary>
internal static class SearchWorker
{
    public static int Run(WorkOptions options)
    {
        SearchFunction function = SearchFunctions.All.Single(f => f.Name == options.Text("function", "branin"));
        ISearch search = Searches.Of(options.Text("search", "tpe"));
        if (options.Text("measure", "regret") == "regret")
        {
            ulong seed = 0;
            return Worker.Answer(string.Empty, () => 1000 * (Results(search, function, seed++, 50).Min(r => r.Score) - function.Minimum));
        }

        SearchResult[] results = Results(search, function, seed: 1, 99);
        ulong next = 0;
        return Worker.Answer(string.Empty, () =>
        {
            long start = Stopwatch.GetTimestamp();
            search.Propose(function.Space, next++, 100, results);
            return Stopwatch.GetElapsedTime(start).TotalMicroseconds;
        });
    }

    private static SearchResult[] Results(ISearch search, SearchFunction function, ulong seed, int points)
    {
        var results = new List<SearchResult>();
        for (int number = 1; number <= points; number++)
        {
            IReadOnlyList<string> values = search.Propose(function.Space, seed, number, results);
            results.Add(new(values, SearchStatus.Done, function.At(values)));
        }

        return [.. results];
    }
}
