using Regimen.Catalog;

namespace Regimen.Configuration;

/// <summary>Compares a config with the defaults of its keys.</summary>
internal static class ConfigDefaults
{
    /// <summary>The choices of configs/train.yaml.</summary>
    private static readonly Dictionary<string, string> Choices = new()
    {
        [CatalogGroup.Model] = "mlp",
        [CatalogGroup.Data] = "mnist",
        [CatalogGroup.Objective] = "cross_entropy",
        [CatalogGroup.Optimizer] = "adamw",
        [CatalogGroup.Schedule] = "constant",
        [CatalogGroup.Average] = ConfigGroups.None,
    };

    /// <summary>Keys whose default is null, which chooses a value by a rule: the config then has that value, which nobody set.</summary>
    private static readonly HashSet<string> ChosenByRule = ["seed", "threads", "loader.channels_last"];

    /// <summary>Returns the default of each key whose value differs from it: text without quotes, else JSON. The defaults of a part are those of the
    /// part that is chosen. Keys without a default are left out.</summary>
    public static IReadOnlyDictionary<string, string> ChangedIn(RunConfig config)
    {
        var changed = new Dictionary<string, string>();
        AddChanged(changed, ConfigState.Top, config, string.Empty);
        foreach (ConfigGroup group in ConfigGroups.All)
        {
            (string? name, object? options) = RunConfigWriter.Of(config, group.Name);
            if (options is null)
            {
                if (!group.IsNamed)
                {
                    changed[group.Name] = ConfigGroups.Default;
                }

                continue;
            }

            if (name is not null && Choices[group.Name] != name)
            {
                changed[$"{group.Name}.{ConfigGroups.NameKey}"] = Choices[group.Name];
            }

            AddChanged(changed, OptionsShape.For(options.GetType()), options, $"{group.Name}.");
        }

        return changed;
    }

    private static void AddChanged(Dictionary<string, string> changed, OptionsShape shape, object options, string prefix)
    {
        foreach (OptionKey key in shape.Keys.Where(k => !k.IsRequired))
        {
            string name = prefix + key.Path;
            if ((key.Default is not null || !ChosenByRule.Contains(name)) && key.Write(OptionsShape.Get(options, key)) != key.Write(key.Default))
            {
                string json = key.WriteJson(key.Default)?.ToJsonString() ?? "null";
                changed[name] = json is ['"', .., '"'] ? key.WriteJson(key.Default)!.GetValue<string>() : json;
            }
        }
    }
}
