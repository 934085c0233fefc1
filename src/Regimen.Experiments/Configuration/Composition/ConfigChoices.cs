using Regimen.Catalog;

namespace Regimen.Configuration;

/// <summary>What may be chosen in a group.</summary>
internal static class ConfigChoices
{
    /// <summary>The catalog's names and the files' names, in ordinal order.</summary>
    public static IEnumerable<string> Of(ComponentCatalog catalog, ConfigFolders folders, ConfigGroup group)
    {
        IEnumerable<string> own = group.IsNamed ? catalog.In(group.Name).Select(e => e.Name)
            : group.CanBeOff ? [ConfigGroups.Default, ConfigGroups.None]
            : [ConfigGroups.Default];
        return own.Concat(folders.Choices(group.Name)).Distinct().Order(StringComparer.Ordinal);
    }

    /// <summary>As "one of cnn, mlp".</summary>
    public static string Words(IEnumerable<string> choices)
    {
        string[] all = [.. choices];
        return all.Length switch
        {
            0 => "a choice that exists: there is none",
            1 => all[0],
            _ => $"one of {string.Join(", ", all)}",
        };
    }
}
