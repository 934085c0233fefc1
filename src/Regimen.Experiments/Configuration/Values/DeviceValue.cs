using System.Text.Json.Nodes;

namespace Regimen.Configuration;

/// <summary>A device: a kind, or a GPU by its number.</summary>
internal sealed class DeviceValue : ValueKind
{
    private static readonly string[] Kinds = ["cpu", "cuda", "mps"];

    public override string Noun => "one of cpu, cuda, cuda:N, mps";

    public override string Plural => "any of cpu, cuda, cuda:N, mps";

    public override object? Read(ScalarNode node) => DeviceChoice.Read(node.Text);

    public override string? Hint(ScalarNode node) => node.Text.StartsWith("cuda:", StringComparison.Ordinal)
        ? $"N is a number from 0 to {DeviceChoice.LargestIndex}, as in cuda:0."
        : Spelling.DidYouMean(node.Text, Kinds);

    public override string Write(object value) => value.ToString()!;

    public override JsonNode WriteJson(object value) => JsonValue.Create(Write(value));

    public override JsonObject Schema() => new()
    {
        ["anyOf"] = new JsonArray(new JsonObject { ["enum"] = new JsonArray([.. Kinds.Select(k => JsonValue.Create(k))]) }, new JsonObject { ["type"] = "string", ["pattern"] = "^cuda:(0|[1-9][0-9]{0,2})$" }),
    };
}
