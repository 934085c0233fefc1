using Regimen.Runs;
using Regimen.Tests.TestKit;

namespace Regimen.Tests.Listing;

public sealed class RunNamesTests
{
    private static readonly string[] Names =
    [
        "2026-11-23_14-03-22_mnist-mlp", "2026-11-23_14-03-41_mnist-mlp", "2026-11-24_14-03-41_mnist-cnn", "2026-11-24_14-03-41_mnist-cnn-2",
        "2026-11-25_10-00-00_latest", "imported-x", "2026-11-25_11-00-00_sweep-a/7", "2026-11-25_11-00-00_sweep-a/17",
    ];

    [Theory]
    [InlineData(0, "22_mnist-mlp")]
    [InlineData(1, "41_mnist-mlp")]
    [InlineData(2, "mnist-cnn")]
    [InlineData(3, "mnist-cnn-2")]
    [InlineData(4, "00_latest")]
    [InlineData(5, "imported-x")]
    [InlineData(6, "sweep-a/7")]
    [InlineData(7, "sweep-a/17")]
    public void A_short_name_is_an_end_that_no_other_name_has_and_stands_for_its_run_alone(int index, string expected)
    {
        var names = new RunNames(Names);
        Assert.Equal(expected, names.Short(Names[index]));
        Assert.Equal([Names[index]], names.Matching(expected));
    }

    [Fact]
    public void A_whole_name_stands_for_itself_even_if_others_end_with_it()
    {
        var names = new RunNames(["mlp", "a_mlp"]);
        Assert.Equal(["mlp"], names.Matching("mlp"));
        Assert.Equal("a_mlp", names.Short("a_mlp"));
        Assert.Equal(["a_mlp", "b_mlp"], new RunNames(["b_mlp", "a_mlp"]).Matching("mlp"));
        Assert.Empty(names.Matching("lp"));
        Assert.Equal(["2026-11-25_11-00-00_sweep-a/7"], new RunNames(Names).Matching("sweep-a/0007"));
    }

    [Fact]
    public void A_run_is_found_by_an_end_of_its_name_and_an_ambiguous_end_lists_the_candidates()
    {
        using var root = new TemporaryFolder();
        MadeRuns.Make(root, "2026-11-23_14-03-22_mnist-mlp");
        MadeRuns.Make(root, "2026-11-23_14-03-41_mnist-mlp");
        string trial = MadeRuns.Make(root, "2026-11-25_11-00-00_sweep-a/trials/0007");
        root.Write("2026-11-25_11-00-00_sweep-a/sweep.json", "{}"u8);
        using RunFolder found = RunFolder.Find("22_mnist-mlp", root.FullPath, root.FullPath);
        Assert.EndsWith("14-03-22_mnist-mlp", found.FullPath, StringComparison.Ordinal);
        using RunFolder ofSweep = RunFolder.Find("sweep-a/7", root.FullPath, root.FullPath);
        Assert.Equal(trial, ofSweep.FullPath);
        string problem = Assert.Throws<RequestException>(() => RunFolder.Find("mnist-mlp", root.FullPath, root.FullPath)).Message;
        Assert.Contains("2026-11-23_14-03-22_mnist-mlp, 2026-11-23_14-03-41_mnist-mlp", problem, StringComparison.Ordinal);
        using RunFolder latest = RunFolder.Find("latest", root.FullPath, root.FullPath);
        Assert.DoesNotContain("trials", latest.FullPath, StringComparison.Ordinal);
    }
}
