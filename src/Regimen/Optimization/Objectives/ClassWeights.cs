using System.Collections;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Regimen.Optimization;

/// <summary>The weights of classes or labels in a loss: a number for each in the order of their indices, one number for all, or
/// <see cref="Balanced"/>, which an objective measures on the training samples.</summary>
[CollectionBuilder(typeof(ClassWeights), nameof(Of))]
[JsonConverter(typeof(Converter))]
public sealed class ClassWeights : IReadOnlyList<double>, IEquatable<ClassWeights>
{
    /// <summary>The word for <see cref="Balanced"/> in a config.</summary>
    internal const string BalancedWord = "balanced";

    private readonly double[] _values;

    private ClassWeights(double[] values) => _values = values;

    /// <summary>Weights that follow from how often each class or label occurs among the training samples.</summary>
    public static ClassWeights Balanced { get; } = new([]);

    /// <summary>Whether the weights are measured on the training samples.</summary>
    public bool IsBalanced => ReferenceEquals(this, Balanced);

    /// <inheritdoc/>
    public int Count => _values.Length;

    /// <inheritdoc/>
    public double this[int index] => _values[index];

    /// <summary>Creates weights from numbers.</summary>
    public static ClassWeights Of(ReadOnlySpan<double> values) => new(values.ToArray());

    /// <summary>One weight for all.</summary>
    public static implicit operator ClassWeights(double weight) => new([weight]);

    /// <inheritdoc/>
    public bool Equals(ClassWeights? other) => other is not null && IsBalanced == other.IsBalanced && _values.AsSpan().SequenceEqual(other._values);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as ClassWeights);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(IsBalanced, _values.Length, _values.Length > 0 ? _values[0] : 0);

    /// <inheritdoc/>
    public override string ToString() => IsBalanced ? BalancedWord : $"[{string.Join(", ", _values)}]";

    /// <inheritdoc/>
    public IEnumerator<double> GetEnumerator() => _values.AsEnumerable().GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>The values as the record of a run has them: a word, a number or a list.</summary>
    private sealed class Converter : JsonConverter<ClassWeights>
    {
        public override ClassWeights? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.TokenType switch
        {
            JsonTokenType.String when reader.GetString() == BalancedWord => Balanced,
            JsonTokenType.Number => reader.GetDouble(),
            JsonTokenType.StartArray => new(JsonSerializer.Deserialize<double[]>(ref reader, options)!),
            _ => throw new JsonException($"Expected '{BalancedWord}', a number or a list of numbers."),
        };

        public override void Write(Utf8JsonWriter writer, ClassWeights value, JsonSerializerOptions options)
        {
            switch (value)
            {
                case { IsBalanced: true }:
                    writer.WriteStringValue(BalancedWord);
                    break;
                case [double only]:
                    writer.WriteNumberValue(only);
                    break;
                default:
                    JsonSerializer.Serialize(writer, value._values, options);
                    break;
            }
        }
    }
}
