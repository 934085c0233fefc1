using Regimen.Configuration;
using Regimen.Transforms;

namespace Regimen.Tests.Configuration;

/// <summary>Lists of named components: <c>transforms.train</c> and <c>transforms.eval</c>.</summary>
public sealed class ComponentListTests : IDisposable
{
    private readonly ConfigFixture _configs = new();

    public void Dispose() => _configs.Dispose();

    [Fact]
    public void The_transform_lists_are_empty_by_default()
    {
        RunConfig config = _configs.Compose().Config;

        Assert.Empty(config.Transforms.Train);
        Assert.Empty(config.Transforms.Eval);
        Assert.Contains("transforms:\n  train: []\n  eval: []\n", config.ToYaml(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("transforms: {train: [{name: fake_pad, padding: 4}, horizontal_flip]}")]
    [InlineData("transforms:\n  train:\n    - name: fake_pad\n      padding: 4\n    - horizontal_flip\n")]
    [InlineData("transforms:\n  train:\n    - padding: 4\n      name: fake_pad\n    - {name: horizontal_flip, p: 0.5}\n")]
    public void An_element_is_a_name_or_a_mapping_with_a_name(string yaml)
    {
        _configs.With("mine.yaml", yaml);

        IReadOnlyList<Transform> train = _configs.ComposeWith("mine.yaml").Config.Transforms.Train;

        Assert.Equal(2, train.Count);
        Assert.Equal(4, Assert.IsType<FakePad>(train[0]).Padding);
        Assert.Equal(new HorizontalFlip { P = 0.5 }, train[1]);
    }

    [Fact]
    public void A_list_is_set_on_the_command_line_in_brackets()
    {
        const string typed = "transforms.train=[{name: fake_pad, padding: 4, fill: [1, 2], block: {width: 3}, "
            + "inner: [horizontal_flip]}, horizontal_flip]";
        ComposedConfig composed = _configs.Compose(typed, "transforms.eval=['horizontal_flip']");
        var pad = (FakePad)composed.Config.Transforms.Train[0];

        Assert.Equal([1, 2], pad.Fill);
        Assert.Equal((3, FakeMode.Slow), (pad.Block.Width, pad.Mode));
        Assert.Equal(new HorizontalFlip(), Assert.Single(pad.Inner));
        Assert.Equal(new HorizontalFlip(), Assert.Single(composed.Config.Transforms.Eval));
        Assert.Equal(
            new ConfigValue(
                "transforms.train",
                "[{name: fake_pad, padding: 4, mode: slow, fill: [1, 2], block: {width: 3, inner: {slope: 0.5}}, inner: [{name: horizontal_flip, p: 0.5}]}, "
                    + "{name: horizontal_flip, p: 0.5}]",
                typed[..80] + "…"),
            composed.Values.Single(v => v.Key == "transforms.train"));
        Assert.Empty(_configs.Compose(typed, "transforms.train=[]").Config.Transforms.Train);
        Assert.Equal(composed.Config, RunConfig.FromYaml(ConfigFixture.Catalog, composed.Config.ToYaml()));
    }

    /// <summary>The list, the location, the message, and a part of the hint, or null for no hint.</summary>
    public static TheoryData<string, string, string, string?> Wrong => new()
    {
        { "[{name: fake_pad, paddding: 4, padding: 1}]", "(1,39)", "Unknown key `paddding` in transforms.train[0] (fake_pad)", "`padding`" },
        { "[horizontal_flip, {name: horizontal_flip, mode: slow}]", "(1,63)", "`mode` belongs to fake_pad; transforms.train[1] is horizontal_flip", "Choose fake_pad," },
        { "[{name: horizontal_flip, p: 2}]", "(1,49)", "`transforms.train[0].p` is out of bounds", null },
        { "[{name: horizontal_flip, p: often}]", "(1,49)", "Wrong value for `transforms.train[0].p`", null },
        { "[horizontal_filp]", "(1,22)", "Unknown transform `horizontal_filp` in `transforms.train[0]`", "`horizontal_flip`" },
        { "[horizontal_flip, {name: 3}]", "(1,46)", "Unknown transform `3` in `transforms.train[1]`", null },
        { "[{padding: 4}]", "(1,22)", "`transforms.train[0]` has no name", null },
        { "[{name: [horizontal_flip]}]", "(1,29)", "Wrong value for `transforms.train[0]`", null },
        { "[~]", "(1,22)", "Wrong value for `transforms.train[0]`", null },
        { "[[horizontal_flip]]", "(1,22)", "Wrong value for `transforms.train[0]`", null },
        { "horizontal_flip", "(1,21)", "Wrong value for `transforms.train`", "[horizontal_flip]" },
        { "{name: horizontal_flip}", "(1,21)", "Wrong value for `transforms.train`", "[{name: NAME" },
        { "null", "(1,21)", "`transforms.train` has no value", "[]" },
        { "[fake_pad]", "(1,22)", "`transforms.train[0].padding` must be set", "padding: VALUE" },
        { "[{name: fake_pad, padding: 13}]", "(1,48)", "`transforms.train[0].padding`: Thirteen brings bad luck", null },
        { "[{name: fake_pad, padding: 1, inner: [{name: horizontal_flip, q: 1}]}]", "(1,83)", "Unknown key `q` in transforms.train[0].inner[0] (horizontal_flip)", "`p`" },
        { "[{name: fake_pad, padding: 1, inner: [horizontal_flip, horizontal_flip, horizontal_flip]}]", "(1,58)", "Wrong length of `transforms.train[0].inner`", null },
        { "[{name: fake_pad, padding: 1, padding: 2}]", "(1,51)", "Duplicate key `padding`", "(1,39)" },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public void A_problem_names_its_location_and_element(string list, string place, string message, string? hint)
    {
        _configs.With("mine.yaml", $"transforms: {{train: {list}}}");

        Problem problem = Assert.Single(_configs.ProblemsWith("mine.yaml"));

        Assert.Equal((message, "mine.yaml" + place), (problem.Message, problem.Where));
        if (hint is null)
        {
            Assert.Null(problem.Hint);
        }
        else
        {
            Assert.Contains(hint, problem.Hint, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void All_problems_of_a_list_are_reported_together()
    {
        const string typed = "transforms.train=[{name: fake_pad, padding: 0, mode: x}, nothing, {name: horizontal_flip, p: -1}]";

        Assert.Equal(
            [
                "`transforms.train[0].padding` is out of bounds", "Wrong value for `transforms.train[0].mode`",
                "Unknown transform `nothing` in `transforms.train[1]`", "`transforms.train[2].p` is out of bounds",
            ],
            _configs.Problems(typed).Select(p => p.Message));
        Assert.All(_configs.Problems(typed), p => Assert.Equal(typed[..80] + "…", p.Where));
    }

    [Fact]
    public void The_schema_describes_the_keys_of_elements()
    {
        var schema = ConfigSchema.For(ConfigFixture.Catalog, new ConfigRequest { WorkingDirectory = AppContext.BaseDirectory });

        Assert.Equal(
            new ConfigSchemaKey(
                "transforms.eval", "a list of transforms, each a name or its keys with a `name`", "[]",
                "Transforms applied, in order, to each sample of validation, test and prediction; random ones are not allowed."),
            schema.Groups.Single(g => g.Name == "transforms").Keys[1] with { Schema = "{}" });
        ConfigSchemaGroup flip = schema.Groups.Single(g => g is { Name: "transform", Choice: "horizontal_flip" });
        Assert.True(flip.IsElement);
        Assert.Equal(new ConfigSchemaKey("p", "a number from 0 to 1", "0.5", "The probability that a sample is mirrored."), Assert.Single(flip.Keys) with { Schema = "{}" });
    }
}
