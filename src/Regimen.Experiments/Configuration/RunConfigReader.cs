using System.Text.Json;
using System.Text.Json.Nodes;
using Regimen.Catalog;

namespace Regimen.Configuration;

/// <summary>Reads a self-contained config, from a run folder or a model's metadata.</summary>
internal static class RunConfigReader
{
    /// <param name="catalog">The catalog that component names are looked up in.</param>
    /// <param name="root">The parsed config; null if it is empty or could not be parsed.</param>
    /// <param name="source">The name of the source as shown in messages.</param>
    /// <param name="problems">The problems found so far.</param>
    /// <param name="changes">The overrides; null for none.</param>
    /// <param name="keepsUnsetOfData">Whether a key of the data keeps its reference to an environment variable that is not set.</param>
    public static RunConfig Read(ComponentCatalog catalog, ConfigNode? root, string source, List<Problem> problems, CommandLineLayer? changes = null, bool keepsUnsetOfData = false)
    {
        if (root is null)
        {
            throw new RequestException(problems.Count > 0 ? problems : [new Problem("The config is empty") { Where = source }]);
        }

        var state = new ConfigState(catalog, ConfigFolders.None, problems, keepsUnsetOfData: keepsUnsetOfData);
        state.Apply(root);
        changes?.ApplyTo(state);
        if ((changes?.Experiment ?? changes?.Debug) is { } layer)
        {
            problems.Add(new Problem("`experiment` and `debug` can't be applied to a run's recorded config") { Where = layer.Place.ToString(), Expected = "key=value" });
        }

        return state.Build(source);
    }

    /// <summary>Converts JSON to a config node. A string is text; other values are converted by the type of their key.</summary>
    public static ConfigNode ToNode(JsonNode? json, ConfigPlace place) => json switch
    {
        null => new ScalarNode(place, "null", IsPlain: true),
        JsonObject keys => new MappingNode(place, [.. keys.Select(k => new MappingEntry(k.Key, place, ToNode(k.Value, place)))]),
        JsonArray items => new SequenceNode(place, [.. items.Select(i => ToNode(i, place))]),
        _ when json.GetValueKind() == JsonValueKind.String => new ScalarNode(place, json.GetValue<string>(), IsPlain: false),
        _ => new ScalarNode(place, json.ToJsonString(), IsPlain: true),
    };
}
