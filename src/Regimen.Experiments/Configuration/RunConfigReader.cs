using System.Text.Json;
using System.Text.Json.Nodes;
using Regimen.Catalog;

namespace Regimen.Configuration;

/// <summary>Reads a config that stands by itself, as a run folder or a model's metadata has it.</summary>
internal static class RunConfigReader
{
    /// <param name="catalog">What names stand for.</param>
    /// <param name="root">What was read; null where nothing was, or where it could not be.</param>
    /// <param name="source">What errors call it.</param>
    /// <param name="problems">What went wrong so far.</param>
    /// <param name="changes">What is laid over it; null for nothing.</param>
    public static RunConfig Read(ComponentCatalog catalog, ConfigNode? root, string source, List<Problem> problems, CommandLineLayer? changes = null)
    {
        if (root is null)
        {
            throw new RequestException(problems.Count > 0 ? problems : [new Problem("This config is empty") { Where = source }]);
        }

        var state = new ConfigState(catalog, ConfigFolders.None, problems);
        state.Apply(root);
        changes?.ApplyTo(state);
        if ((changes?.Experiment ?? changes?.Debug) is { } layer)
        {
            problems.Add(new Problem("A run's own config takes no further layers") { Where = layer.Place.ToString(), Expected = "key=value" });
        }

        return state.Build(source);
    }

    /// <summary>JSON as a config. A string is text; every other value is read by the type that wants it.</summary>
    public static ConfigNode ToNode(JsonNode? json, ConfigPlace place) => json switch
    {
        null => new ScalarNode(place, "null", IsPlain: true),
        JsonObject keys => new MappingNode(place, [.. keys.Select(k => new MappingEntry(k.Key, place, ToNode(k.Value, place)))]),
        JsonArray items => new SequenceNode(place, [.. items.Select(i => ToNode(i, place))]),
        _ when json.GetValueKind() == JsonValueKind.String => new ScalarNode(place, json.GetValue<string>(), IsPlain: false),
        _ => new ScalarNode(place, json.ToJsonString(), IsPlain: true),
    };
}
