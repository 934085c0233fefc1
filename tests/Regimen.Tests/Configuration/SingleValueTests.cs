using System.Text.Json.Nodes;
using Regimen.Configuration;
using Regimen.Experiments;
using Regimen.Models;

namespace Regimen.Tests.Configuration;

/// <summary>A list for which a config may give a single value: <c>model.hidden=128</c> is <c>model.hidden=[128]</c>.</summary>
public sealed class SingleValueTests : IDisposable
{
    private readonly ConfigFixture _configs = new();

    public void Dispose() => _configs.Dispose();

    [Theory]
    [InlineData("model.hidden=77", new[] { 77 }, "77")]
    [InlineData("model.hidden=[77]", new[] { 77 }, "77")]
    [InlineData("model.hidden=[256,128,3]", new[] { 256, 128, 3 }, "[256, 128, 3]")]
    [InlineData("model.hidden=[]", new int[0], "[]")]
    [InlineData("model.hidden=${loader.batch_size}", new[] { 64 }, "64")]
    [InlineData("model.hidden=[\"${loader.batch_size}\",3]", new[] { 64, 3 }, "[64, 3]")]
    public void A_value_and_a_list_are_read_and_a_list_of_one_is_written_as_a_value(string argument, int[] widths, string written)
    {
        RunConfig config = _configs.Compose(argument).Config;
        Assert.Equal(widths, Hidden(config));
        Assert.Contains($"  hidden: {written}\n", config.ToYaml(), StringComparison.Ordinal);
        Assert.Equal(written.Replace(" ", "", StringComparison.Ordinal), config.ToJson()["model"]!["hidden"]!.ToJsonString());
        Assert.Equal(widths, Hidden(RunConfig.FromYaml(ConfigFixture.Catalog, config.ToYaml())));
        Assert.Equal(widths, Hidden(RunConfig.FromJson(ConfigFixture.Catalog, config.ToJson(), "model.safetensors")));
    }

    [Fact]
    public void A_file_may_hold_either_form()
    {
        _configs.With("one.yaml", "model: {name: mlp, hidden: 9}").With("list.yaml", "model:\n  name: mlp\n  hidden: [9, 4]\n");
        Assert.Equal([9], Hidden(_configs.ComposeWith("one.yaml").Config));
        Assert.Equal([9, 4], Hidden(_configs.ComposeWith("list.yaml").Config));
    }

    [Fact]
    public void A_reference_to_a_list_of_one_is_its_value()
    {
        RunConfig config = _configs.Compose("model.hidden=[48]", "loader.batch_size=${model.hidden}", "name=w${model.hidden}").Config;
        Assert.Equal((48, "w48"), (config.Loader.BatchSize, config.Name));
    }

    [Fact]
    public void A_reference_to_a_longer_list_is_an_error_where_one_value_is_expected()
    {
        Problem problem = Assert.Single(_configs.Problems("model.hidden=[4,8]", "loader.batch_size=${model.hidden}"));
        Assert.Equal(("loader.batch_size=${model.hidden}", "${model.hidden}, which is [4, 8]"), (problem.Where, problem.Received));
    }

    [Theory]
    [InlineData("model.hidden=0", "`model.hidden` is out of bounds", "a whole number from 1 to 65536, or a list of such, at most 100 of them")]
    [InlineData("model.hidden=3.0", "Wrong value for `model.hidden`", "a whole number from 1 to 65536, or a list of such, at most 100 of them")]
    [InlineData("model.hidden=[3,0]", "`model.hidden[1]` is out of bounds", "a whole number from 1 to 65536")]
    [InlineData("model.hidden=[3,x]", "Wrong value for `model.hidden[1]`", "a whole number from 1 to 65536")]
    [InlineData("model.hidden=[[3]]", "Wrong value for `model.hidden[0]`", "a whole number from 1 to 65536")]
    [InlineData("model.hidden=null", "`model.hidden` can't be null", "a whole number from 1 to 65536, or a list of such, at most 100 of them")]
    [InlineData("optimizer.betas=0.9", "Wrong value for `optimizer.betas`", "a list of 2 numbers, each of at least 0 and below 1")]
    public void Wrong_values_are_named_with_their_place(string argument, string message, string expected)
    {
        Problem problem = Assert.Single(_configs.Problems(argument));
        Assert.Equal((message, expected), (problem.Message, problem.Expected));
    }

    [Fact]
    public void Too_long_a_list_is_an_error()
        => Assert.Equal("Wrong length of `model.hidden`", Assert.Single(_configs.Problems($"model.hidden=[{string.Join(',', Enumerable.Repeat(2, 101))}]")).Message);

    /// <summary>The config of a run of the first version: one number, and none of the keys that were added later.</summary>
    [Fact]
    public void A_config_recorded_before_the_list_equals_todays()
    {
        RunConfig now = _configs.Compose("model.hidden=[128]").Config;
        JsonObject before = now.ToJson();
        before["model"] = new JsonObject { ["name"] = "mlp", ["hidden"] = 128 };
        Assert.Equal([128], Hidden(RunConfig.FromJson(ConfigFixture.Catalog, before, "model.safetensors")));
        Assert.Empty(CheckpointConfig.Differences(new Dictionary<string, string> { ["regimen.config"] = before.ToJsonString() }, now, "epoch-0001"));
        before["model"]!["hidden"] = 64;
        Assert.Equal("model.hidden: 64 and 128", Assert.Single(CheckpointConfig.Differences(new Dictionary<string, string> { ["regimen.config"] = before.ToJsonString() }, now, "epoch-0001")).ToString());
    }

    private static IReadOnlyList<int> Hidden(RunConfig config) => ((MlpOptions)config.Model.Options).Hidden;
}
