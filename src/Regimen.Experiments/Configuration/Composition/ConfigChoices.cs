using Regimen.Catalog;

namespace Regimen.Configuration;

/// <summary>The available choices of a group.</summary>
internal static class ConfigChoices
{
    /// <summary>Lists the names from the catalog and from the config files, in ordinal order.</summary>
    public static IEnumerable<string> Of(ComponentCatalog catalog, ConfigFolders folders, ConfigGroup group)
    {
        IEnumerable<string> own = group.IsNamed ? catalog.In(group.Name).Select(e => e.Name).Concat(group.CanBeOff ? [ConfigGroups.None] : [])
            : group.CanBeOff ? [ConfigGroups.Default, ConfigGroups.None]
            : [ConfigGroups.Default];
        return own.Concat(folders.Choices(group.Name)).Distinct().Order(StringComparer.Ordinal);
    }

    /// <summary>Formats choices for a message: "one of cnn, mlp".</summary>
    public static string Words(IEnumerable<string> choices)
    {
        string[] all = [.. choices];
        return all.Length switch
        {
            0 => "an existing choice (there are none)",
            1 => all[0],
            _ => $"one of {string.Join(", ", all)}",
        };
    }
}
