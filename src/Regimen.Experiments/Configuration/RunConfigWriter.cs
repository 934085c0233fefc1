using System.Text;
using System.Text.Json.Nodes;
using Regimen.Catalog;

namespace Regimen.Configuration;

/// <summary>Writes a config with every value.</summary>
internal static class RunConfigWriter
{
    private const string Opening = "# Every value of a run: `regimen train --config THIS_FILE` is the same run.\n";

    private const string BatchSize = "loader.batch_size";

    /// <summary>Writes the config that a run begins with: a default batch size is left out, because each run limits it to its own training set.</summary>
    public static string ToYamlOfBeginning(RunConfig config) => ToYaml(config, config.Loader.StatesBatchSize ? null : BatchSize);

    public static string ToYaml(RunConfig config) => ToYaml(config, leftOut: null);

    private static string ToYaml(RunConfig config, string? leftOut)
    {
        var yaml = new StringBuilder(Opening);
        WriteKeys(yaml, config, config, prefix: "", leftOut);
        foreach (ConfigGroup group in ConfigGroups.All)
        {
            (string? name, object? options) = Of(config, group.Name);
            if (options is null)
            {
                yaml.Append('\n').Append(group.Name).Append(": ").Append(ConfigGroups.None).Append('\n');
                continue;
            }

            yaml.Append('\n').Append(group.Name).Append(":\n");
            if (name is not null)
            {
                yaml.Append("  ").Append(ConfigGroups.NameKey).Append(": ").Append(YamlText.Quote(name)).Append('\n');
            }

            WriteKeys(yaml, config, options, $"{group.Name}.", leftOut);
        }

        return yaml.ToString();
    }

    public static JsonObject ToJson(RunConfig config)
    {
        var json = new JsonObject();
        ConfigState.Top.WriteTo(json, config, Written(config, ""));
        foreach (ConfigGroup group in ConfigGroups.All)
        {
            (string? name, object? options) = Of(config, group.Name);
            if (options is null)
            {
                json[group.Name] = ConfigGroups.None;
                continue;
            }

            JsonObject inner = [];
            if (name is not null)
            {
                inner[ConfigGroups.NameKey] = name;
            }

            OptionsShape.For(options.GetType()).WriteTo(inner, options, Written(config, $"{group.Name}."));
            json[group.Name] = inner;
        }

        return json;
    }

    /// <summary>Returns the name and options of a group. The name is null for a group without one, the options for a disabled group.</summary>
    public static (string? Name, object? Options) Of(RunConfig config, string group) => group switch
    {
        CatalogGroup.Model => (config.Model.Name, config.Model.Options),
        CatalogGroup.Data => (config.Data.Name, config.Data.Options),
        CatalogGroup.Objective => (config.Objective.Name, config.Objective.Options),
        CatalogGroup.Optimizer => (config.Optimizer.Name, config.Optimizer.Options),
        CatalogGroup.Schedule => (config.Schedule.Name, config.Schedule.Options),
        CatalogGroup.Average => (config.Average?.Name, config.Average?.Options),
        ConfigGroups.Init => (null, config.Init),
        ConfigGroups.Transforms => (null, config.Transforms),
        ConfigGroups.Loader => (null, config.Loader),
        ConfigGroups.Trainer => (null, config.Trainer),
        ConfigGroups.EarlyStopping => (null, config.EarlyStopping),
        ConfigGroups.Checkpoint => (null, config.Checkpoint),
        ConfigGroups.TensorBoard => (null, config.TensorBoard),
        _ => throw new ArgumentOutOfRangeException(nameof(group), group, "Expected a group of a config."),
    };

    private static Func<OptionKey, object?, JsonNode?> Written(RunConfig config, string prefix)
        => (key, value) => config.References.Find(prefix + key.Path, key.Write(value));

    private static void WriteKeys(StringBuilder yaml, RunConfig config, object options, string prefix, string? leftOut)
    {
        int indent = prefix.Length > 0 ? 1 : 0;
        string[] open = [];
        foreach (OptionKey key in OptionsShape.For(options.GetType()).Keys.Where(k => prefix + k.Path != leftOut))
        {
            string[] path = key.Path.Split('.');
            for (int depth = 0; depth < path.Length - 1; depth++)
            {
                if (!path.AsSpan(0, depth + 1).SequenceEqual(open.AsSpan(0, Math.Min(depth + 1, open.Length))))
                {
                    yaml.Append(' ', 2 * (indent + depth)).Append(path[depth]).Append(":\n");
                }
            }

            open = path[..^1];
            string value = key.Write(OptionsShape.Get(options, key));
            value = config.References.Find(prefix + key.Path, value) is { } written ? YamlText.Flow(written) : value;
            yaml.Append(' ', 2 * (indent + open.Length)).Append(path[^1]).Append(": ").Append(value).Append('\n');
        }
    }
}
