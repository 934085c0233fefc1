using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Regimen.Data;
using Regimen.Reproducibility;

namespace Regimen.Transforms;

/// <summary>The base of transforms that a config can list: a record whose properties are config keys, named by a
/// <see cref="TransformAttribute"/>. It must keep no state between samples, because several threads use it at once.</summary>
public abstract record Transform : ITransform
{
    private static readonly JsonSerializerOptions AsInConfigs = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
    };

    /// <summary>Whether it draws random numbers, and so must not be used in evaluation.</summary>
    protected internal virtual bool IsRandom => false;

    /// <inheritdoc/>
    /// <remarks>The input shape, unless overridden.</remarks>
    /// <exception cref="RequestException">It does not support samples of this shape.</exception>
    public virtual SampleShape Transformed(SampleShape input) => input;

    /// <inheritdoc/>
    public abstract void Apply(ReadOnlySpan<float> input, Span<float> output, SampleShape shape, ref RandomStream random);

    /// <inheritdoc/>
    public virtual JsonObject Describe()
    {
        var json = new JsonObject { ["name"] = GetType().GetCustomAttribute<TransformAttribute>(inherit: false)?.Name ?? GetType().Name };
        foreach ((string key, JsonNode? value) in JsonSerializer.SerializeToNode(this, GetType(), AsInConfigs)!.AsObject())
        {
            json[key] = value?.DeepClone();
        }

        return json;
    }
}
