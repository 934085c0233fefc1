using System.ComponentModel.DataAnnotations;
using System.Text.Json.Nodes;
using Regimen.Optimization;

namespace Regimen.Configuration;

/// <summary>A key that holds weights of classes or labels: <c>balanced</c>, a list of numbers or, with <see cref="AcceptsSingleAttribute"/>, one
/// number.</summary>
internal sealed class WeightsKey(OptionProperty property) : OptionKey(property)
{
    private static readonly RealNumber Number = new(v => v);
    private readonly bool _acceptsSingle = property.AcceptsSingle;
    private readonly Bounds? _bounds = property.Attributes.OfType<RangeAttribute>().FirstOrDefault() is { } range ? Bounds.Of(range) : null;

    /// <inheritdoc/>
    public override string Expected
        => $"{(_acceptsSingle ? $"{LengthWords.Of("", Number.Noun, _bounds)}, " : string.Empty)}{ClassWeights.BalancedWord}, or {LengthWords.Of("a list of ", Number.Plural, _bounds, ", each")}"
            + (IsNullable ? "; or null" : string.Empty);

    /// <inheritdoc/>
    public override bool TryRead(ConfigNode node, string name, ConfigReading reading, out object? value)
    {
        value = null;
        switch (node)
        {
            case ScalarNode { IsNull: true, Text.Length: > 0, IsEmptied: false } when IsNullable:
                return true;
            case ScalarNode { IsNull: false, Text: ClassWeights.BalancedWord }:
                value = ClassWeights.Balanced;
                return true;
            case ScalarNode scalar when _acceptsSingle && Read(scalar) is { } single:
                value = (ClassWeights)single;
                return true;
            case SequenceNode { Items.Count: > 0 } sequence:
                double?[] weights = [.. sequence.Items.Select(Read)];
                int wrong = Array.IndexOf(weights, null);
                if (wrong < 0)
                {
                    value = ClassWeights.Of([.. weights.Select(w => w!.Value)]);
                    return true;
                }

                reading.Problems.Add(Wrong($"Wrong value for `{name}[{wrong}]`", sequence.Items[wrong], LengthWords.Of("", Number.Noun, _bounds)));
                return false;
            default:
                string what = node is ScalarNode { IsNull: true } ? $"`{name}` has no value" : $"Wrong value for `{name}`";
                reading.Problems.Add(Wrong(what, node, Expected, node is ScalarNode { IsNull: false } text ? Spelling.DidYouMean(text.Text, [ClassWeights.BalancedWord]) : null));
                return false;
        }
    }

    /// <inheritdoc/>
    public override string Write(object? value) => value is ClassWeights { IsBalanced: true } ? ClassWeights.BalancedWord : YamlText.Flow(WriteJson(value));

    /// <inheritdoc/>
    public override JsonNode? WriteJson(object? value) => value switch
    {
        ClassWeights { IsBalanced: true } => ClassWeights.BalancedWord,
        ClassWeights { Count: 1 } weights when _acceptsSingle => Number.WriteJson(weights[0]),
        ClassWeights weights => new JsonArray([.. weights.Select(w => Number.WriteJson(w))]),
        _ => null,
    };

    /// <inheritdoc/>
    public override JsonObject Schema()
    {
        JsonObject one = Number.Schema();
        _bounds?.AddTo(one);
        var list = new JsonObject { ["type"] = "array", ["items"] = one, ["minItems"] = 1 };
        JsonObject[] single = _acceptsSingle ? [one.DeepClone().AsObject()] : [];
        JsonObject schema = SchemaParts.AnyOf([SchemaParts.OneOf([ClassWeights.BalancedWord]), .. single, list]);
        return SchemaParts.OrReference(IsNullable ? SchemaParts.OrNull(schema) : schema);
    }

    /// <inheritdoc/>
    public override object? ToProperty(object? value) => value;

    private double? Read(ConfigNode node) => node is ScalarNode scalar && Number.Read(scalar) is double weight && _bounds?.Contains(weight) != false ? weight : null;
}
