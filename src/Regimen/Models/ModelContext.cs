using System.Text.Json;
using System.Text.Json.Nodes;
using Regimen.Data;

namespace Regimen.Models;

/// <summary>The inputs and outputs for which a model is built. A model's constructor takes it, or only a <see cref="SampleShape"/> and the
/// number of outputs.</summary>
public sealed record ModelContext
{
    /// <summary>Creates a context for one float32 input.</summary>
    /// <param name="input">The shape of a sample.</param>
    /// <param name="outputs">The number of outputs per sample, at least 1.</param>
    public static ModelContext Of(SampleShape input, int outputs) => new() { Inputs = [Field.Inputs(input)], Outputs = outputs };

    /// <summary>The input fields of the model in the order of its parameters, as in a batch: shapes after all transforms, bytes as floats if the
    /// field says so. At least one.</summary>
    public required IReadOnlyList<Field> Inputs { get; init; }

    /// <summary>The number of outputs per sample, at least 1: the number of classes or labels, the number of target values of a regression, or 1
    /// for a binary task.</summary>
    public required int Outputs { get; init; }

    /// <summary>The target field; null if the data has none.</summary>
    public Field? Target { get; init; }

    /// <summary>The names of the classes or labels in the order of their indices; empty if the target is numeric.</summary>
    public IReadOnlyList<string> Classes { get; init; } = [];

    /// <summary>The tokens in the order of their indices; empty if the data has no vocabulary.</summary>
    public IReadOnlyList<string> Vocabulary { get; init; } = [];

    /// <summary>The shape of the first input.</summary>
    public SampleShape InputShape => Inputs[0].Shape;

    /// <summary>Returns the input field with a name.</summary>
    /// <exception cref="RequestException">There is no such input.</exception>
    public Field Input(string name) => Inputs.FirstOrDefault(f => f.Name == name) ?? throw new RequestException(new Problem($"The data has no input named '{name}'")
    {
        Expected = $"one of {string.Join(", ", Inputs.Select(f => f.Name))}",
        Received = name,
        Hint = Spelling.DidYouMean(name, Inputs.Select(f => f.Name)),
    });

    /// <summary>Returns the context as JSON, for a model's metadata.</summary>
    internal JsonObject ToJson()
    {
        var json = new JsonObject
        {
            ["inputs"] = new JsonArray([.. Inputs.Select(ToJson)]),
            ["outputs"] = Outputs,
            ["target"] = Target is null ? null : ToJson(Target),
        };
        if (Vocabulary.Count > 0)
        {
            json["vocabulary"] = new JsonArray([.. Vocabulary.Select(v => JsonValue.Create(v))]);
        }

        return json;
    }

    /// <summary>Reads the JSON of <see cref="ToJson()"/>.</summary>
    /// <exception cref="JsonException">The JSON is not that of a context.</exception>
    internal static ModelContext FromJson(JsonObject json, IReadOnlyList<string> classes)
    {
        try
        {
            return new ModelContext
            {
                Inputs = [.. json["inputs"]!.AsArray().Select(f => ToField(f!.AsObject()))],
                Outputs = json["outputs"]!.GetValue<int>(),
                Target = json["target"] is JsonObject target ? ToField(target) : null,
                Classes = classes,
                Vocabulary = json["vocabulary"] is JsonArray vocabulary ? [.. vocabulary.Select(v => v!.GetValue<string>())] : [],
            };
        }
        catch (Exception exception) when (exception is NullReferenceException or InvalidOperationException or FormatException or ArgumentException or OverflowException)
        {
            throw new JsonException($"it does not describe a model's inputs ({exception.Message})", exception);
        }
    }

    private static JsonNode ToJson(Field field)
    {
        var json = new JsonObject
        {
            ["name"] = field.Name,
            ["shape"] = new JsonArray([.. field.Shape.Dimensions.Select(d => JsonValue.Create(d))]),
            ["type"] = field.BatchType.ToString().ToLowerInvariant(),
        };
        if (field.IsVariable)
        {
            json["variable"] = true;
            json["padding"] = field.Padding;
        }

        if (field.Cardinality is { } cardinality)
        {
            json["cardinality"] = cardinality;
        }

        if (field.IsTarget != (field.Name == Field.Target))
        {
            json["is_target"] = field.IsTarget;
        }

        return json;
    }

    private static Field ToField(JsonObject json)
    {
        var field = new Field(
            json["name"]!.GetValue<string>(),
            new SampleShape([.. json["shape"]!.AsArray().Select(d => d!.GetValue<int>())]),
            Enum.Parse<ElementType>(json["type"]!.GetValue<string>(), ignoreCase: true))
        {
            IsVariable = json["variable"]?.GetValue<bool>() ?? false,
            Padding = json["padding"]?.GetValue<double>() ?? 0,
            Cardinality = json["cardinality"]?.GetValue<int>(),
        };
        return json["is_target"] is { } isTarget ? field with { IsTarget = isTarget.GetValue<bool>() } : field;
    }
}
