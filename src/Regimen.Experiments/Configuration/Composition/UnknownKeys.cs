using Regimen.Catalog;

namespace Regimen.Configuration;

/// <summary>Finds words for a key that there is not: what it is probably meant to be.</summary>
internal sealed class UnknownKeys(ComponentCatalog catalog, IReadOnlyDictionary<string, GroupState> groups)
{
    /// <summary>A key outside all groups.</summary>
    public Problem Tell(string key, ConfigPlace place)
    {
        string[] known = [.. ConfigState.Top.Keys.Select(k => k.Path), .. groups.Keys];
        string shown = ConfigNode.Printable(key);
        string[] parts = key.Split('.');
        if (!place.IsOption && (groups.ContainsKey(parts[0]) || parts[0] is ConfigGroups.Experiment or ConfigGroups.Debug))
        {
            string rest = ConfigNode.Printable(string.Join('.', parts[1..]));
            string hint = parts.Length > 1
                ? $"In a file a group's keys stand below it: `{parts[0]}:`, and in the next line `  {rest}:`."
                : $"It is given on the command line: {parts[0]}=NAME.";
            return new Problem($"Unknown key `{shown}`") { Where = place.ToString(), Received = shown, Hint = hint };
        }

        // Where the first part is a group's name but for a typo, the whole key with that group is what was meant.
        string? meant = parts.Length > 1 && Spelling.Nearest(parts[0], groups.Keys) is { } group
            ? $"Did you mean `{group}.{NearestIn(groups[group], string.Join('.', parts[1..]))}`?"
            : InAnyGroup(key) ?? Spelling.DidYouMean(key, known);
        return new Problem($"Unknown key `{shown}`")
        {
            Where = place.ToString(),
            Expected = $"one of {string.Join(", ", known)}",
            Received = shown,
            Hint = meant,
        };
    }

    /// <summary>A key in a group.</summary>
    public Problem Tell(GroupState state, string path, ConfigPlace place)
    {
        string group = state.Group.Name;
        string[] known = [.. state.Shape!.Keys.Select(k => k.Path)];
        string chosen = state.Name is null ? group : state.Group.IsElement ? $"{group} ({state.Name})" : $"{group}={state.Name}";
        string shown = ConfigNode.Printable(path);
        var problem = new Problem($"Unknown key `{shown}` in {chosen}")
        {
            Where = place.ToString(),
            Expected = known.Length == 0 ? "no keys, as it has none" : known.Length == 1 ? known[0] : $"one of {string.Join(", ", known)}",
            Received = shown,
        };
        if (state.Shape.Find(path) is not null)
        {
            return problem with { Hint = "In a file each of its parts stands in a line of its own, further in than the one before." };
        }

        string choose = state.Group.IsElement ? "" : $"{group}=";
        string[] owners = state.Group.IsNamed ? [.. catalog.In(state.Group.Catalog).Where(e => Has(e, path)).Select(e => e.Name)] : [];
        return owners.Length > 0
            ? problem with
            {
                Message = $"`{shown}` belongs to {string.Join(" and ", owners.Select(o => choose + o))}; {group} is {state.Name}",
                Hint = $"Choose {choose}{owners[0]}, or leave the key out.",
            }
            : problem with { Hint = Spelling.DidYouMean(path, known) ?? InAnyGroup(path) };
    }

    private static string NearestIn(GroupState state, string path)
        => (state.Shape is null ? null : Spelling.Nearest(path, state.Shape.Keys.Select(k => k.Path))) ?? ConfigNode.Printable(path);

    private string? InAnyGroup(string key)
    {
        string[] owners =
        [
            .. groups.Values.Select(g => (g.Group.Name, Key: OwnName(g, key))).Where(o => o.Key is not null).Select(o => $"`{o.Name}.{o.Key}`"),
        ];
        return owners.Length > 0 ? $"Did you mean {string.Join(" or ", owners)}?"
            : ConfigState.Top.Find(key) is not null ? $"Did you mean `{key}`, outside all groups?" : null;
    }

    /// <summary>The group's key of this name, or of the same meaning.</summary>
    private static string? OwnName(GroupState state, string key) => state.Shape is not { } shape ? null
        : shape.Find(key) is not null ? key
        : Spelling.Synonym(key) is { } synonym && shape.Find(synonym) is not null ? synonym : null;

    private static bool Has(CatalogEntry entry, string path)
    {
        try
        {
            return OptionsShape.For(entry.OptionsType).Find(path) is not null;
        }
        catch (RequestException)
        {
            // It is not the one chosen: what is wrong with it is told when it is.
            return false;
        }
    }
}
