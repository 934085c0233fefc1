using System.Globalization;
using Regimen.Importance;
using Regimen.Search;
using Regimen.SweepFiles;
using Regimen.Tests.TestKit;

namespace Regimen.Tests.Importance;

public sealed class KeyImportancesTests
{
    private static readonly SweepAxis[] Axes =
    [
        new("choice", SweepAxisKind.Choice, ["a", "b", "c", "d"], 0, 0, 0),
        new("range", SweepAxisKind.Range, [], 1, 9, 2),
        new("interval", SweepAxisKind.Interval, [], -1, 1, 0),
        new("log", SweepAxisKind.LogInterval, [], 1e-6, 1, 0),
    ];

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void The_only_key_that_matters_has_nearly_everything(int axis)
    {
        SearchScale scale = SearchScale.Of(Axes[axis]);
        IReadOnlyList<KeyImportance> shares = KeyImportances.Of(Axes, Points("random", 200, v => Math.Abs(scale.PositionOf(v[axis]) - 0.3)));
        Assert.Equal(Axes[axis].Key, shares[0].Key);
        Assert.True(shares[0].Share > 0.8, $"{shares[0]}");
        Assert.Equal(1, shares.Sum(s => s.Share), 1e-12);
        Assert.Equal(4, shares.Count);
        Assert.Equal(shares.OrderByDescending(s => s.Share), shares);
    }

    [Fact]
    public void The_key_that_matters_more_comes_first_also_where_a_search_chose_the_points()
    {
        var log = SearchScale.Of(Axes[3]);
        double Score(IReadOnlyList<string> v) => (4 * Math.Abs(log.PositionOf(v[3]) - 0.6)) + (0.4 * Math.Abs(double.Parse(v[2], CultureInfo.InvariantCulture)));
        foreach (string search in (string[])["random", "sobol", "tpe"])
        {
            Assert.Equal("log", KeyImportances.Of(Axes, Points(search, 80, Score))[0].Key);
        }
    }

    [Fact]
    public void The_shares_do_not_depend_on_the_order_of_the_points()
    {
        (IReadOnlyList<string>, double)[] points = Points("random", 57, v => v[0][0] + double.Parse(v[2], CultureInfo.InvariantCulture));
        Assert.Equal(KeyImportances.Of(Axes, points).Select(k => k.Key), KeyImportances.Of(Axes, [.. points.Reverse()]).Select(k => k.Key));
        Assert.Equal(KeyImportances.Of(Axes, points), KeyImportances.Of(Axes, points));
    }

    [Fact]
    public void Where_nothing_can_be_said_there_are_no_shares()
    {
        Assert.Empty(KeyImportances.Of(Axes, []));
        Assert.Empty(KeyImportances.Of(Axes, Points("random", 3, v => v[0][0])));
        Assert.Empty(KeyImportances.Of(Axes, Points("random", 30, _ => 0.25)));
        Assert.Empty(KeyImportances.Of(Axes, Points("random", 30, _ => double.NaN)));
        Assert.Empty(KeyImportances.Of([], [.. Enumerable.Range(0, 9).Select(i => ((IReadOnlyList<string>)[], (double)i))]));
        Assert.Empty(KeyImportances.Of([new("one", SweepAxisKind.Choice, ["x"], 0, 0, 0)], [.. Enumerable.Range(0, 9).Select(i => ((IReadOnlyList<string>)["x"], (double)i))]));
    }

    [Fact]
    public void One_key_has_everything_and_four_points_are_enough()
        => Assert.Equal([new KeyImportance("choice", 1)], KeyImportances.Of([Axes[0]], [(["a"], 1), (["b"], 2), (["c"], 3), (["d"], double.NaN), (["d"], 0.5)]));

    [Fact]
    public void Shares_are_those_of_an_independent_implementation()
    {
        PyTorch.SkipWhereMissing("scipy");
        (IReadOnlyList<string> Values, double Score)[] points = Points("random", 93, v => v[0][0] + (3 * Math.Abs(SearchScale.Of(Axes[3]).PositionOf(v[3]) - 0.7)) + (double.Parse(v[1], CultureInfo.InvariantCulture) / 9));
        string rows = string.Join('\n', points.Select(p => $"{string.Join(' ', p.Values)} {p.Score.ToString("R", CultureInfo.InvariantCulture)}"));
        double[] expected = PyTorch.Numbers(PyTorch.Run(
            """
            import sys
            import numpy as np
            from scipy.stats import norm
            rows = [line.split() for line in sys.argv[1].split("\n")]
            rows.sort(key=lambda row: float(row[4]))

            def normals(x, cells):
                spread = min(x.std(ddof=1), (np.quantile(x, .75) - np.quantile(x, .25)) / 1.349)
                width = max(1.059 * spread * len(x) ** -.2, .5 / cells)
                below = norm.cdf((np.linspace(0, 1, cells + 1)[:, None] - x) / width)
                return ((below[1:] - below[:-1]) / (below[-1] - below[0])).sum(1)

            def counts(x, cells):
                return np.bincount(x, minlength=cells)

            axes = [([" abcd".index(r[0]) - 1 for r in rows], 4, counts), ([(int(r[1]) // 2 + .5) / 5 for r in rows], 5, normals),
                    ([(float(r[2]) + 1) / 2 for r in rows], 50, normals), ([np.log10(float(r[3])) / 6 + 1 for r in rows], 50, normals)]
            measures = []
            for x, cells, density in axes:
                everything, best = ((density(np.array(part), cells) + 1 / cells) / (len(part) + 1) for part in (x, x[:10]))
                measures.append((everything * (best / everything - 1) ** 2).sum())
            print(*(np.array(measures) / sum(measures)))
            """,
            rows));
        IReadOnlyList<KeyImportance> shares = KeyImportances.Of(Axes, points);
        for (int i = 0; i < Axes.Length; i++)
        {
            Assert.Equal(expected[i], shares.Single(s => s.Key == Axes[i].Key).Share, 1e-9);
        }
    }

    private static (IReadOnlyList<string> Values, double Score)[] Points(string search, int count, Func<IReadOnlyList<string>, double> score)
    {
        var results = new List<SearchResult>();
        for (int number = 1; number <= count; number++)
        {
            IReadOnlyList<string> values = Searches.Of(search).Propose(Axes, 17, number, results);
            results.Add(new(values, SearchStatus.Done, score(values)));
        }

        return [.. results.Select(r => (r.Values, r.Score))];
    }
}
