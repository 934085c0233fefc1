using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using CsCheck;
using Json.Schema;
using Regimen.Catalog;
using Regimen.Configuration;
using Regimen.Tests.TestKit;

namespace Regimen.Tests.Configuration;

/// <summary>The JSON Schema of configs accepts all valid configs, and rejects invalid ones as far as a schema can.</summary>
public sealed class ConfigJsonSchemaTests
{
    private const string Regenerate = "Regenerate it: dotnet run -c Release --project src/Regimen.Cli -- inspect config --schema --into configs";
    private static readonly string Configs = Path.Combine(Repository.Root, "configs");
    private static readonly ConfigRequest Request = new() { WorkingDirectory = AppContext.BaseDirectory };
    private static readonly JsonSchema Whole = JsonSchema.FromText(ConfigJsonSchema.For(ConfigFixture.Catalog, Request).ToJsonString());

    public static TheoryData<string> Shipped
        => [.. Directory.EnumerateFiles(Configs, "*.yaml", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(Configs, f).Replace('\\', '/'))];

    [Fact]
    public void The_schema_files_in_the_repository_are_up_to_date()
    {
        var request = new ConfigRequest { WorkingDirectory = Repository.Root, ShippedConfigs = Configs };
        IReadOnlyDictionary<string, JsonObject> files = ConfigJsonSchema.Files(ComponentCatalog.From(), request);

        foreach ((string name, JsonObject schema) in files)
        {
            string file = Path.Combine(Configs, "schema", $"{name}.json");
            Assert.True(File.Exists(file), $"{file} is missing. {Regenerate}");
            Assert.True(JsonNode.DeepEquals(schema, JsonNode.Parse(File.ReadAllText(file))), $"{file} is out of date. {Regenerate}");
        }

        Assert.Equal(
            files.Keys.Order(StringComparer.Ordinal),
            Directory.EnumerateFiles(Path.Combine(Configs, "schema")).Select(f => Path.GetFileNameWithoutExtension(f)!).Order(StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Shipped))]
    public void A_shipped_file_names_its_schema_and_matches_it(string file)
    {
        string text = File.ReadAllText(Path.Combine(Configs, file));
        string[] path = file.Split('/');
        bool isChoice = path.Length == 2 && path[0] is not ("experiment" or "debug");
        string schema = isChoice ? $"../schema/{path[0]}.json" : path.Length == 2 ? "../schema/config.json" : "schema/config.json";

        Assert.True(text.StartsWith($"# yaml-language-server: $schema={schema}\n", StringComparison.Ordinal), $"configs/{file} names no schema in its first line. {Regenerate}");
        var files = JsonSchema.FromText(ConfigJsonSchema.For(ConfigFixture.Catalog, Request, isChoice ? path[0] : null).ToJsonString());
        Assert.True(IsValid(files, ToJson(text)), file);
    }

    [Fact]
    public void The_config_of_any_run_matches_the_schema()
        => ConfigGen.Config.Sample(config => IsValid(Whole, WithinDecimal(config.ToJson())), iter: 200, threads: 1);

    [Theory]
    [InlineData("{}")]
    [InlineData("seed: ${env:SEED}\nmodel: {hidden: \"${seed}\"}")]
    [InlineData("model: {name: mlp, hidden: [256, \"${seed}\"]}")]
    [InlineData("model: {name: mlp, hidden: []}")]
    [InlineData("model: {name: cnn, channels: 8}")]
    [InlineData("model: cnn\nearly_stopping: none")]
    [InlineData("early_stopping: null")]
    [InlineData("optimizer: {momentum: 0.9}")]
    [InlineData("optimizer: {name: fake_optimizer, block: {inner: {slope: 3}}, maybe_rate: null, sizes: [1, \"${seed}\"]}")]
    [InlineData("transforms: {train: [horizontal_flip, {name: fake_pad, padding: 3, inner: [horizontal_flip]}], eval: \"${transforms.train}\"}")]
    [InlineData("runs: 2024")]
    public void Valid_configs_match_the_schema(string yaml) => Assert.True(IsValid(Whole, ToJson(yaml)));

    [Theory]
    [InlineData("sede: 1")]
    [InlineData("seed: -1")]
    [InlineData("seed: 1.5")]
    [InlineData("runs: null")]
    [InlineData("threads: 0")]
    [InlineData("device: gpu")]
    [InlineData("name: a/b")]
    [InlineData("runs: \"\"")]
    [InlineData("model: mpl")]
    [InlineData("model: null")]
    [InlineData("model: {name: mlp, hidden: 0}")]
    [InlineData("model: {name: mlp, hidden: [3, 0]}")]
    [InlineData("model: {name: mlp, hidden: [[3]]}")]
    [InlineData("model: {name: mlp, hidden: many}")]
    [InlineData("model: {name: cnn, channels: []}")]
    [InlineData("model: {name: cnn, norm: layer}")]
    [InlineData("model: {name: mlp, dropout1: 0.5}")]
    [InlineData("model: {hiden: 3}")]
    [InlineData("loader: {shuffle: 1}")]
    [InlineData("optimizer: {betas: [0.9]}")]
    [InlineData("optimizer: {betas: [0.9, 1]}")]
    [InlineData("optimizer: {name: adamw, momentum: 0.9}")]
    [InlineData("optimizer: {name: fake_optimizer, block: {inner: {slop: 3}}}")]
    [InlineData("transforms: {train: horizontal_flip}")]
    [InlineData("transforms: {train: [fake_pad]}")]
    [InlineData("transforms: {train: [{name: fake_pad}]}")]
    [InlineData("transforms: {train: [{padding: 3}]}")]
    [InlineData("transforms: {train: [{name: horizontal_flip, padding: 3}]}")]
    [InlineData("transforms: {train: [{name: horizontal_flip, p: 2}]}")]
    [InlineData("- 1")]
    public void Invalid_configs_do_not_match_the_schema(string yaml) => Assert.False(IsValid(Whole, ToJson(yaml)));

    [Fact]
    public void The_schema_of_a_key_has_description_and_default()
    {
        JsonObject schema = ConfigJsonSchema.For(ConfigFixture.Catalog, Request);

        JsonNode mlp = schema["definitions"]!["model_file"]!["anyOf"]!.AsArray().Single(c => c!["properties"]!["name"]!["const"]!.GetValue<string>() == "mlp")!;
        Assert.Equal("The number of units of each hidden layer, in order; empty for a linear model. Takes a whole number from 1 to 65536, or a list of such, at most 100 of them.", mlp["properties"]!["hidden"]!["description"]!.GetValue<string>());
        Assert.Equal(128, mlp["properties"]!["hidden"]!["default"]!.GetValue<int>());
    }

    private static bool IsValid(JsonSchema schema, JsonNode? json)
        => schema.Evaluate(json, new EvaluationOptions { EvaluateAs = SpecVersion.Draft7 }).IsValid;

    /// <summary>Clamps numbers to the range of decimal, which the validator uses.</summary>
    private static JsonNode? WithinDecimal(JsonNode? json) => json switch
    {
        JsonObject keys => new JsonObject(keys.Select(k => KeyValuePair.Create(k.Key, WithinDecimal(k.Value)))),
        JsonArray items => new JsonArray([.. items.Select(WithinDecimal)]),
        JsonValue value when value.GetValueKind() == JsonValueKind.Number => Math.Abs(value.GetValue<double>()) switch
        {
            > 1e27 => JsonValue.Create(1e27m),
            > 0 and < 1e-20 => JsonValue.Create(1e-20m),
            _ => value.DeepClone(),
        },
        _ => json?.DeepClone(),
    };

    private static JsonNode? ToJson(string yaml)
    {
        var problems = new List<Problem>();
        ConfigNode? node = YamlReader.Read(yaml, "test", isOption: false, problems);
        Assert.Empty(problems);
        return node is null ? null : ToJson(node);
    }

    /// <summary>Converts YAML to JSON without type information.</summary>
    private static JsonNode? ToJson(ConfigNode node) => node switch
    {
        MappingNode mapping => new JsonObject(mapping.Entries.Select(e => KeyValuePair.Create(e.Key, ToJson(e.Value)))),
        SequenceNode sequence => new JsonArray([.. sequence.Items.Select(ToJson)]),
        ScalarNode { IsNull: true } => null,
        ScalarNode { IsPlain: true, Text: "true" or "false" } word => JsonValue.Create(word.Text == "true"),
        ScalarNode { IsPlain: true } number when decimal.TryParse(number.Text, NumberStyles.Float, CultureInfo.InvariantCulture, out decimal value)
            => JsonValue.Create(value),
        ScalarNode text => JsonValue.Create(text.Text),
        _ => throw new NotSupportedException(),
    };
}
