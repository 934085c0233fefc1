using Regimen.Listing;
using Regimen.Runs;
using Regimen.Tests.TestKit;

namespace Regimen.Tests.Listing;

public sealed class RunFilterTests : IDisposable
{
    private readonly TemporaryFolder _root = new();

    public RunFilterTests()
    {
        MadeRuns.Make(_root, "a_mlp", lr: 0.001, seed: 1, loss: 0.5);
        MadeRuns.Make(_root, "b_mlp", lr: 0.01, seed: 2, loss: 0.25);
        MadeRuns.Make(_root, "c_cnn", lr: 0.1, seed: 3, loss: 0.75, model: "cnn", change: m => m with { Status = RunStatus.Failed, Val = null, Started = m.Started.AddDays(1) });
        new RunLabels { Tags = ["good", "keep"], Note = "the one" }.Write(_root["b_mlp"]);
    }

    [Theory]
    [InlineData("abc")]
    [InlineData("ab", "optimizer.lr<0.1")]
    [InlineData("ab", "optimizer.lr<=1e-2")]
    [InlineData("c", "optimizer.lr>0.01")]
    [InlineData("b", "optimizer.lr>=0.01", "status=finished")]
    [InlineData("b", "optimizer.lr=1e-2")]
    [InlineData("ac", "optimizer.lr!=0.010")]
    [InlineData("c", "model=CNN")]
    [InlineData("abc", "optimizer=adamw")]
    [InlineData("abc", "model.hidden=128")]
    [InlineData("abc", "model.hidden=[128]")]
    [InlineData("abc", "optimizer.betas=[0.9,0.999]")]
    [InlineData("b", "tag=good")]
    [InlineData("b", "tag=Keep", "tag=good")]
    [InlineData("ac", "tag!=good")]
    [InlineData("ac", "tag=")]
    [InlineData("", "tag=unknown")]
    [InlineData("b", "note~ONE")]
    [InlineData("c", "name~cnn")]
    [InlineData("c", "val.loss=null")]
    [InlineData("ab", "val.loss!=")]
    [InlineData("b", "val.loss<0.3")]
    [InlineData("ab", "val.accuracy>0.9")]
    [InlineData("c", "started>2026-11-24")]
    [InlineData("ab", "started<2026-11-24T01:00")]
    [InlineData("a", "seed=1")]
    [InlineData("abc", "early_stopping.mode=null")]
    [InlineData("c", "status!=finished")]
    public void Rows_that_satisfy_every_expression_are_chosen(string expected, params string[] expressions)
    {
        IReadOnlyList<RunRow> rows = RunList.Read(_root.FullPath).Rows;
        RunFilter filter = RunFilter.Parse(expressions, rows);
        Assert.Equal(expected, string.Concat(rows.Where(filter.Matches).Select(r => r.Name[0])));
    }

    [Theory]
    [InlineData("optimizer.lt<0.01", "Did you mean `optimizer.lr`?")]
    [InlineData("val.los<1", "Did you mean `val.loss`?")]
    [InlineData("statu=finished", "Did you mean `status`?")]
    [InlineData("status=finishd", "Did you mean `finished`?")]
    [InlineData("optimizer.lr<high", "a number")]
    [InlineData("lr", "KEY=VALUE")]
    [InlineData("=3", "KEY=VALUE")]
    [InlineData("", "KEY=VALUE")]
    public void A_typing_error_is_refused_with_its_place(string expression, string expected)
    {
        IReadOnlyList<RunRow> rows = RunList.Read(_root.FullPath).Rows;
        RequestException refused = Assert.Throws<RequestException>(() => RunFilter.Parse(["model=mlp", expression, "x=1"], rows));
        Assert.Equal(2, refused.Problems.Count);
        Assert.Equal(expression, refused.Problems[0].Where);
        Assert.Contains(expected, refused.Problems[0].ToString(), StringComparison.Ordinal);
    }

    public void Dispose() => _root.Dispose();
}
