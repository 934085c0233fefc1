using Regimen.Catalog;

namespace Regimen.Configuration;

/// <summary>Creates the problem for an unknown key, with a suggestion.</summary>
internal sealed class UnknownKeys(ComponentCatalog catalog, IReadOnlyDictionary<string, GroupState> groups)
{
    /// <summary>Creates the problem for an unknown key outside all groups.</summary>
    public Problem CreateProblem(string key, ConfigPlace place)
    {
        string[] known = [.. ConfigState.Top.Keys.Select(k => k.Path), .. groups.Keys];
        string shown = ConfigNode.Printable(key);
        string[] parts = key.Split('.');
        if (!place.IsOption && (groups.ContainsKey(parts[0]) || parts[0] is ConfigGroups.Experiment or ConfigGroups.Debug))
        {
            string rest = ConfigNode.Printable(string.Join('.', parts[1..]));
            string hint = parts.Length > 1
                ? $"In a file, write a group's keys below the group: `{parts[0]}:`, and in the next line `  {rest}:`."
                : $"Set it on the command line: {parts[0]}=NAME.";
            return new Problem($"Unknown key `{shown}`") { Where = place.ToString(), Received = shown, Hint = hint };
        }

        // If the first part is a misspelt group name, suggest the full key in that group.
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

    /// <summary>Creates the problem for an unknown key in a group.</summary>
    public Problem CreateProblem(GroupState state, string path, ConfigPlace place)
    {
        string group = state.Group.Name;
        string[] known = [.. state.Shape!.Keys.Select(k => k.Path)];
        string chosen = state.Name is null ? group : state.Group.IsElement ? $"{group} ({state.Name})" : $"{group}={state.Name}";
        string shown = ConfigNode.Printable(path);
        var problem = new Problem($"Unknown key `{shown}` in {chosen}")
        {
            Where = place.ToString(),
            Expected = known.Length == 0 ? "no keys" : known.Length == 1 ? known[0] : $"one of {string.Join(", ", known)}",
            Received = shown,
        };
        if (state.Shape.Find(path) is not null)
        {
            return problem with { Hint = "In a file, write each part of the key on a separate line, each indented further than the one before." };
        }

        string choose = state.Group.IsElement ? "" : $"{group}=";
        string[] owners = state.Group.IsNamed ? [.. catalog.In(state.Group.Catalog).Where(e => Has(e, path)).Select(e => e.Name)] : [];
        return owners.Length > 0
            ? problem with
            {
                Message = $"`{shown}` belongs to {All([.. owners.Select(o => choose + o)])}; {group} is {state.Name}",
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

    /// <summary>Finds the group's key with this name or a synonym of it; null if there is none.</summary>
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
            // The entry is not the one chosen; its problem is reported when it is.
            return false;
        }
    }

    private static string All(string[] choices) => choices.Length > 2 ? $"{string.Join(", ", choices[..^1])} and {choices[^1]}" : string.Join(" and ", choices);
}
