using CsCheck;
using Regimen.Configuration;
using Regimen.Models;
using Regimen.Transforms;

namespace Regimen.Tests.Configuration;

/// <summary>References: <c>${group.key}</c> and <c>${env:NAME}</c>.</summary>
public sealed class InterpolationTests : IDisposable
{
    private const string Secret = "s3cret/place";
    private readonly ConfigFixture _configs = new() { Variables = { ["PLACE"] = Secret, ["NUMBER"] = "77", ["ZERO"] = "0", ["ONE"] = "1", ["EMPTY"] = "" } };

    public void Dispose() => _configs.Dispose();

    [Fact]
    public void A_reference_is_the_final_value_of_the_other_key()
    {
        _configs.With("mine.yaml", "model: {hidden: \"${loader.batch_size}\"}\nname: ${data.name}-of-${model.hidden}-${seed}\nruns: ${name}/$${x}\n");

        RunConfig config = _configs.ComposeWith("mine.yaml", "loader.batch_size=32", "seed=7", "loader.eval_batch_size=${optimizer.lr}", "optimizer.lr=9").Config;

        Assert.Equal(new MlpOptions { Hidden = [32] }, config.Model.Options);
        Assert.Equal(("mnist-of-32-7", "mnist-of-32-7/${x}", 9), (config.Name, config.Runs, config.Loader.EvalBatchSize));
        Assert.Contains("hidden: 32\n", config.ToYaml(), StringComparison.Ordinal);
        Assert.Contains("runs: \"mnist-of-32-7/$${x}\"\n", config.ToYaml(), StringComparison.Ordinal);
    }

    [Fact]
    public void References_work_for_lists_for_null_and_inside_lists()
    {
        _configs.With("mine.yaml", """
            optimizer: {name: fake_optimizer, sizes: ["${model.hidden}", 3], words: ["${runs}", "a${seed}"], maybe_rate: "${trainer.clip_norm}", text: "${optimizer.mode}"}
            transforms:
              train: [{name: horizontal_flip, p: "${data.validation_fraction}"}]
              eval: ${transforms.train}
            """);

        RunConfig config = _configs.ComposeWith("mine.yaml").Config;
        var options = (FakeOptimizer)config.Optimizer.Options;

        Assert.Equal([128, 3], options.Sizes);
        Assert.Equal(["runs", "a42"], options.Words);
        Assert.Equal((null, "very_fast"), (options.MaybeRate, options.Text));
        Assert.Equal(new HorizontalFlip { P = 0.2 }, Assert.Single(config.Transforms.Eval));
    }

    [Fact]
    public void Values_from_the_environment_are_written_as_references()
    {
        _configs.With("mine.yaml", """
            runs: ${env:PLACE}/runs
            data: {root: "${runs}"}
            model: {hidden: "${env:NUMBER}"}
            optimizer: {betas: ["${env:ZERO}", 0.5]}
            transforms: {train: [horizontal_flip, {name: fake_pad, padding: "${env:ONE}2"}]}
            """);

        ComposedConfig composed = _configs.ComposeWith("mine.yaml");

        Assert.Equal($"{Secret}/runs", composed.Config.Runs);
        Assert.Equal(new MlpOptions { Hidden = [77] }, composed.Config.Model.Options);
        foreach (string text in new[] { composed.Config.ToYaml(), composed.Config.ToJson().ToJsonString(), string.Join('\n', composed.Values) })
        {
            Assert.DoesNotContain(Secret, text, StringComparison.Ordinal);
            Assert.DoesNotContain("77", text, StringComparison.Ordinal);
        }

        Assert.Contains("runs: \"${env:PLACE}/runs\"\n", composed.Config.ToYaml(), StringComparison.Ordinal);
        Assert.Contains("root: \"${runs}\"\n", composed.Config.ToYaml(), StringComparison.Ordinal);
        Assert.Contains("betas: [\"${env:ZERO}\", 0.5]\n", composed.Config.ToYaml(), StringComparison.Ordinal);
        Assert.Contains("train: [horizontal_flip, {name: fake_pad, padding: \"${env:ONE}2\"}]\n", composed.Config.ToYaml(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_recorded_config_gives_the_same_run_in_the_same_environment()
    {
        RunConfig config = _configs.Compose("runs=${env:PLACE}", "data.root=${runs}/data", "seed=${env:NUMBER}", "checkpoint.keep=${env:ONE}9").Config;
        _configs.With("run.yaml", config.ToYaml());

        RunConfig again = _configs.ComposeWith("run.yaml").Config;

        Assert.Equal(config, again);
        Assert.Equal((Secret, 77ul), (again.Runs, again.Seed));
        _configs.Variables["PLACE"] = "elsewhere";
        Assert.Equal("elsewhere", _configs.ComposeWith("run.yaml").Config.Runs);
        Assert.Equal("seed: 5\n", (config with { Seed = 5 }).ToYaml().Split('\n')[1] + "\n");
    }

    /// <summary>The arguments separated by spaces, the wrong argument, the message, and a part of the received value or the hint.</summary>
    public static TheoryData<string, string, string, string> Wrong => new()
    {
        { "model.hidden=${loader.bach_size}", "model.hidden=${loader.bach_size}", "Unknown key `loader.bach_size` in a reference", "Did you mean `loader.batch_size`?" },
        { "model.hidden=${hidden}", "model.hidden=${hidden}", "Unknown key `hidden` in a reference", "Did you mean `model.hidden`?" },
        { "seed=${model}", "seed=${model}", "Unknown key `model` in a reference", "" },
        { "seed=${seed}", "seed=${seed}", "`seed` refers to itself", "seed → seed" },
        { "seed=${model.hidden} model.hidden=${loader.batch_size} loader.batch_size=${seed}", "seed=${model.hidden}", "`seed` refers to itself", "seed → model.hidden → loader.batch_size → seed" },
        { "runs=a${env:NOWHERE}b", "runs=a${env:NOWHERE}b", "The environment variable `NOWHERE` is not set", "Set it, or write" },
        { "runs=${env:}", "runs=${env:}", "Invalid reference in `runs`", "$${" },
        { "runs=${model.hidden", "runs=${model.hidden", "Invalid reference in `runs`", "$${" },
        { "runs=${}", "runs=${}", "Invalid reference in `runs`", "$${" },
        { "runs=${model.${seed}}", "runs=${model.${seed}}", "Invalid reference in `runs`", "$${" },
        { "model.hidden=${env:PLACE}", "model.hidden=${env:PLACE}", "Wrong value for `model.hidden`", "${env:PLACE}" },
        { "model.hidden=${env:ZERO}", "model.hidden=${env:ZERO}", "`model.hidden` is out of bounds", "${env:ZERO}" },
        { "model.hidden=${env:EMPTY}", "model.hidden=${env:EMPTY}", "`model.hidden` has no value", "${env:EMPTY}" },
        { "optimizer.betas=['${env:PLACE}',0.5]", "optimizer.betas=['${env:PLACE}',0.5]", "Wrong value for `optimizer.betas[0]`", "in part from the environment" },
        { "model.hidden=${optimizer.lr}", "model.hidden=${optimizer.lr}", "Wrong value for `model.hidden`", "${optimizer.lr}, which is 0.001" },
        { "runs=${trainer.clip_norm}x", "runs=${trainer.clip_norm}x", "`${trainer.clip_norm}` can't be used inside text", "null" },
        { "runs=${transforms.train}x", "runs=${transforms.train}x", "`${transforms.train}` can't be used inside text", "[]" },
        { "early_stopping=none seed=${early_stopping.patience}", "seed=${early_stopping.patience}", "Unknown key `early_stopping.patience` in a reference", "" },
        { "model=${data.name}", "model=${data.name}", "Unknown model `${data.name}`", "can't be a reference" },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public void An_invalid_reference_is_rejected(string arguments, string where, string message, string part)
    {
        Problem problem = Assert.Single(_configs.Problems(arguments.Split(' ')));

        Assert.Equal((where, message), (problem.Where, problem.Message));
        Assert.Contains(part, $"{problem.Received} {problem.Hint}", StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, problem.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_wrong_value_is_reported_once_even_if_others_refer_to_it()
        => Assert.Equal("seed=x", Assert.Single(_configs.Problems("seed=x", "model.hidden=${seed}", "runs=${model.hidden}")).Where);

    [Fact]
    public void An_unquoted_reference_in_brackets_is_rejected_with_a_hint()
    {
        _configs.With("mine.yaml", "model: {hidden: ${seed}}");

        Problem problem = Assert.Single(_configs.ProblemsWith("mine.yaml"));

        Assert.StartsWith("Invalid YAML", problem.Message, StringComparison.Ordinal);
        Assert.Contains("must be quoted", problem.Hint, StringComparison.Ordinal);
    }

    [Fact]
    public void Escaped_text_contains_no_references()
        => ConfigGen.Text.Array[0, 4].Select(parts => string.Join("${", parts)).Sample(
            text =>
            {
                IReadOnlyList<InterpolationPart> parts = Interpolation.Parse(Interpolation.Escape(text))!;
                return parts.All(p => !p.IsReference) && string.Concat(parts.Select(p => p.Text)) == text;
            },
            iter: 1000,
            threads: 1);
}
