using System.Globalization;
using CsCheck;
using Regimen.Reproducibility;
using Regimen.Search;
using Regimen.SweepFiles;

namespace Regimen.Tests.Search;

/// <summary>What every search promises, and the grid and random ones.</summary>
public sealed class SearchTests
{
    private static readonly SweepAxis[] Mixed =
    [
        new("model.hidden", SweepAxisKind.Choice, ["64", "128", "[64, 32]"], 0, 0, 0),
        new("optimizer.lr", SweepAxisKind.LogInterval, [], 1e-5, 0.3, 0),
        new("trainer.epochs", SweepAxisKind.Range, [], 1, 10, 4),
        new("model.dropout", SweepAxisKind.Interval, [], 0, 0.7, 0),
    ];

    private static readonly SweepAxis[] Discrete =
    [
        new("a", SweepAxisKind.Choice, ["x", "y", "z"], 0, 0, 0),
        new("b", SweepAxisKind.Range, [], -3, 4, 3),
        new("c", SweepAxisKind.Choice, ["1", "2"], 0, 0, 0),
    ];

    public static TheoryData<string> Names => [.. Searches.Names];

    public static TheoryData<string> Samplers => ["random", "sobol", "tpe"];

    [Theory]
    [MemberData(nameof(Samplers))]
    public void A_proposal_depends_on_nothing_but_its_arguments(string name)
    {
        SearchResult[] results = Run(Searches.Of(name), Mixed, seed: 7, points: 19, values => values[1].Length);
        ISearch used = Searches.Of(name);
        for (int number = 19; number > 0; number--)
        {
            // The numbers backwards, and another space and seed between.
            Assert.Equal(results[number - 1].Values, used.Propose(Mixed, 7, number, results[..(number - 1)]));
            used.Propose(Discrete, 8, number, []);
        }
    }

    [Fact]
    public void Searches_without_results_propose_the_same_whatever_the_results()
    {
        foreach (ISearch search in Samplers.Select(n => Searches.Of(n)).Where(s => !s.NeedsResults))
        {
            SearchResult[] some = Run(search, Mixed, seed: 3, points: 11, _ => 1);
            Assert.Equal(some[10].Values, search.Propose(Mixed, 3, 11, []));
        }

        Assert.True(Searches.Of("tpe").NeedsResults);
    }

    [Fact]
    public void The_points_are_the_same_on_every_machine_and_in_every_version()
    {
        // Recorded sweeps are resumed by these texts.
        Assert.Equal(["64", "0.0023464262610952075", "5", "0.32708557515700737"], Searches.Of("random").Propose(Mixed, 42, 5, []));
        Assert.Equal(["128", "1.7579057153911956E-05", "9", "0.5687585527104762"], Searches.Of("sobol").Propose(Mixed, 42, 5, []));
        SearchResult[] results = Run(Searches.Of("tpe"), Mixed, seed: 42, points: 24, Score);
        Assert.Equal(["128", "1.1207159758614779E-05", "5", "0.013211386910287485"], results[^1].Values);
    }

    [Theory]
    [MemberData(nameof(Samplers))]
    public void Another_seed_gives_other_points(string name)
        => Assert.NotEqual(Searches.Of(name).Propose(Mixed, 1, 4, []), Searches.Of(name).Propose(Mixed, 2, 4, []));

    [Fact]
    public void The_grid_has_every_combination_once_and_its_last_axis_changes_fastest()
    {
        Assert.Equal(18, GridSearch.Count(Discrete));
        ISearch grid = Searches.Of("grid");
        string[] all = [.. Enumerable.Range(1, 18).Select(n => string.Join(' ', grid.Propose(Discrete, 1, n, [])))];
        Assert.Equal(["x -3 1", "x -3 2", "x 0 1", "x 0 2", "x 3 1", "x 3 2", "y -3 1"], all[..7]);
        Assert.Equal("z 3 2", all[^1]);
        Assert.Distinct(all);
        Assert.Throws<ArgumentOutOfRangeException>(() => grid.Propose(Discrete, 1, 19, []));
        Assert.Equal(long.MaxValue, GridSearch.Count(Mixed));
        Assert.Equal(long.MaxValue, GridSearch.Count([.. Enumerable.Range(0, 40).Select(i => Discrete[0] with { Key = $"k{i}" }), .. Enumerable.Range(0, 40).Select(i => Discrete[1] with { Key = $"r{i}" })]));
    }

    [Theory]
    [InlineData("random")]
    [InlineData("tpe")]
    public void No_point_of_a_discrete_space_is_proposed_twice_while_others_are_left(string name)
    {
        ISearch search = Searches.Of(name);
        string[] all = [.. Run(search, Discrete, seed: 5, points: 18, v => double.Parse(v[1], CultureInfo.InvariantCulture)).Select(r => string.Join(' ', r.Values))];
        Assert.Distinct(all);
        Assert.Equal(25, Run(search, Discrete, seed: 5, points: 25, _ => 1).Length);
    }

    [Fact]
    public void Each_order_of_a_small_grid_is_equally_probable()
    {
        const int seeds = 6000;
        Dictionary<string, int> orders = Enumerable.Range(0, seeds).CountBy(seed => string.Join(' ', RandomSearch.Order(3, (ulong)seed, round: 0))).ToDictionary();
        Assert.Equal(6, orders.Count);
        Assert.All(orders.Values, count => Assert.InRange(count, 1000 - 150, 1000 + 150));
        Assert.Distinct(DrawsWithoutRepeats.Of(long.MaxValue, RandomStream.For(1, RandomPurpose.Search)).Take(1000));
    }

    [Theory]
    [InlineData("random")]
    [InlineData("sobol")]
    public void Points_are_uniform_on_every_axis(string name)
    {
        const int points = 1024;
        IReadOnlyList<string>[] all = [.. Enumerable.Range(1, points).Select(n => Searches.Of(name).Propose(Mixed, 11, n, []))];
        for (int axis = 0; axis < Mixed.Length; axis++)
        {
            SearchScale scale = SearchScale.Of(Mixed[axis]);
            int parts = (int)(scale.Cells ?? 8);
            int[] counts = new int[parts];
            foreach (IReadOnlyList<string> values in all)
            {
                counts[SearchScale.CellAt(scale.PositionOf(values[axis]), parts)]++;
            }

            // Five standard deviations for random points; Sobol's are even.
            double expected = (double)points / parts;
            double tolerance = name == "sobol" ? 2 : 5 * Math.Sqrt(expected);
            Assert.All(counts, c => Assert.InRange(c, expected - tolerance, expected + tolerance));
        }
    }

    [Theory]
    [MemberData(nameof(Samplers))]
    public void Points_stay_within_hostile_spaces(string name)
    {
        SweepAxis[] hostile =
        [
            new("equal", SweepAxisKind.Interval, [], 0.1, 0.1, 0),
            new("equal_log", SweepAxisKind.LogInterval, [], 1e-300, 1e-300, 0),
            new("one_value", SweepAxisKind.Choice, ["a: b\n"], 0, 0, 0),
            new("large_step", SweepAxisKind.Range, [], 3, 9, 100),
            new("huge", SweepAxisKind.Interval, [], -double.MaxValue, double.MaxValue, 0),
            new("wide_log", SweepAxisKind.LogInterval, [], double.Epsilon, double.MaxValue, 0),
            new("long", SweepAxisKind.Range, [], -4e15, 4e15, 1),
            new("narrow", SweepAxisKind.Interval, [], 1, Math.BitIncrement(1.0), 0),
            .. Enumerable.Range(0, 40).Select(i => new SweepAxis($"k{i}", SweepAxisKind.Interval, [], -i, 1, 0)),
        ];
        SearchResult[] results = Run(Searches.Of(name), hostile, seed: 1, points: 17, v => double.Parse(v[4], CultureInfo.InvariantCulture));
        foreach (SearchResult result in results)
        {
            Assert.Equal(["0.1", "1E-300", "a: b\n", "3"], result.Values.Take(4));
            for (int i = 4; i < hostile.Length; i++)
            {
                double value = double.Parse(result.Values[i], CultureInfo.InvariantCulture);
                Assert.InRange(value, hostile[i].Low, hostile[i].High);
                Assert.Equal(i == 6 ? ((long)value).ToString(CultureInfo.InvariantCulture) : value.ToString("R", CultureInfo.InvariantCulture), result.Values[i]);
            }
        }
    }

    [Fact]
    public void More_keys_than_Sobol_has_dimensions_are_refused_by_it_and_searched_by_others()
    {
        SweepAxis[] many = [.. Enumerable.Range(0, SobolSequence.Dimensions + 1).Select(i => new SweepAxis($"k{i}", SweepAxisKind.Interval, [], 0, 1, 0))];
        Assert.Contains("random", Assert.Throws<RequestException>(() => Searches.Of("sobol").Propose(many, 1, 1, [])).Message, StringComparison.Ordinal);
        Assert.Equal(65, Searches.Of("tpe").Propose(many, 1, 1, []).Count);
    }

    [Fact]
    public void A_space_or_a_point_that_makes_no_sense_is_refused_with_its_key()
    {
        SweepAxis[] wrong =
        [
            new("k", SweepAxisKind.Choice, [], 0, 0, 0),
            new("k", SweepAxisKind.Range, [], 1, 5, 0),
            new("k", SweepAxisKind.Range, [], 1.5, 5, 1),
            new("k", SweepAxisKind.Range, [], 5, 1, 1),
            new("k", SweepAxisKind.LogInterval, [], 0, 1, 0),
            new("k", SweepAxisKind.Interval, [], 2, 1, 0),
            new("k", SweepAxisKind.Interval, [], double.NaN, 1, 0),
        ];
        Assert.All(wrong, axis => Assert.Equal("k", Assert.Throws<RequestException>(() => Searches.Of("random").Propose([axis], 1, 1, [])).Problems.Single().Where));
        Assert.All(Mixed, axis => Assert.Throws<RequestException>(() => Searches.Of("tpe").Propose(
            [axis], 1, 20, [.. Enumerable.Repeat(new SearchResult(["1e99"], SearchStatus.Done, 1), 19)])));
        Assert.Contains("sobol", Assert.Throws<RequestException>(() => Searches.Of("sobl")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_text_of_a_number_is_read_back_as_the_same_number_and_position()
        => Gen.Double[0, 1].Sample(position =>
        {
            foreach (SweepAxis axis in (SweepAxis[])[Mixed[1], Mixed[3]])
            {
                SearchScale scale = SearchScale.Of(axis);
                Assert.Equal(position, scale.PositionOf(scale.TextAt(position)), 1e-12);
            }
        });

    private static double Score(IReadOnlyList<string> values)
        => double.Parse(values[3], CultureInfo.InvariantCulture) + (values[0] == "128" ? 0 : 0.1) + double.Parse(values[1], CultureInfo.InvariantCulture);

    private static SearchResult[] Run(ISearch search, IReadOnlyList<SweepAxis> space, ulong seed, int points, Func<IReadOnlyList<string>, double> score)
    {
        var results = new List<SearchResult>();
        for (int number = 1; number <= points; number++)
        {
            IReadOnlyList<string> values = search.Propose(space, seed, number, results);
            results.Add(new(values, SearchStatus.Done, score(values)));
        }

        return [.. results];
    }
}
