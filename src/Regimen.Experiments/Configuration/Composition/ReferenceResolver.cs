using Regimen.Catalog;

namespace Regimen.Configuration;

/// <summary>Replaces references by values after all layers are applied: <c>${model.hidden}</c> is the final value of that key. Values that
/// come from the environment, directly or through another key, keep their written form for the record.</summary>
internal sealed class ReferenceResolver(
    IReadOnlyDictionary<string, GroupState> groups,
    Dictionary<string, Setting> top,
    ConfigReading reading,
    Func<string, string?> environment)
{
    private const string EnvironmentPrefix = "env:";

    /// <summary>The keys whose references are being resolved, outermost first.</summary>
    private readonly List<string> _open = [];

    /// <summary>Resolves every setting. Problems are added to the reading's list.</summary>
    public void ResolveAll()
    {
        foreach (string path in top.Keys.ToArray())
        {
            Resolve(top, ConfigState.Top.Find(path)!, path);
        }

        foreach (GroupState state in groups.Values.Where(g => g.Shape is not null))
        {
            foreach (string path in state.Values.Keys.ToArray())
            {
                Resolve(state.Values, state.Shape!.Find(path)!, $"{state.Group.Name}.{path}");
            }
        }
    }

    private Setting Resolve(Dictionary<string, Setting> values, OptionKey key, string name)
    {
        Setting setting = values[key.Path];
        if (setting.Unresolved is not { } node)
        {
            return setting;
        }

        if (_open.Contains(name))
        {
            string circle = string.Join(" → ", [.. _open[_open.IndexOf(name)..], name]);
            AddProblem($"`{name}` refers to itself", setting.Place, received: circle, hint: "Write the value itself for one of these keys.");
            return values[key.Path] = new Setting(null, setting.Place) { IsWrong = true };
        }

        _open.Add(name);
        bool fromEnvironment = false;
        ConfigNode? resolved = Substitute(node, ref fromEnvironment);
        _open.RemoveAt(_open.Count - 1);

        object? value = null;
        bool isRead = resolved is not null && !values[key.Path].IsWrong && TryRead(key, node, resolved, name, fromEnvironment, out value);
        return values[key.Path] = isRead
            ? new Setting(value, setting.Place) { Written = fromEnvironment ? node : null }
            : new Setting(null, setting.Place) { IsWrong = true };
    }

    /// <summary>Reads the resolved value. Messages do not show values from the environment, which may be secrets.</summary>
    private bool TryRead(OptionKey key, ConfigNode written, ConfigNode resolved, string name, bool fromEnvironment, out object? value)
    {
        var problems = new List<Problem>();
        bool isRead = key.TryRead(resolved, name, reading with { Problems = problems, IsResolved = true }, out value);
        foreach (Problem problem in problems)
        {
            string? received = (written, fromEnvironment) switch
            {
                (ScalarNode, true) => written.Received,
                (ScalarNode, false) => $"{written.Received}, which is {problem.Received}",
                (_, true) => "a value that comes in part from the environment",
                _ => problem.Received,
            };
            reading.Problems.Add(problem with { Received = received, Hint = fromEnvironment ? null : problem.Hint });
        }

        return isRead;
    }

    private ConfigNode? Substitute(ConfigNode node, ref bool fromEnvironment)
    {
        switch (node)
        {
            case ScalarNode scalar when Interpolation.IsIn(scalar):
                return Substitute(scalar, ref fromEnvironment);
            case SequenceNode sequence:
                var items = new List<ConfigNode?>();
                foreach (ConfigNode item in sequence.Items)
                {
                    items.Add(Substitute(item, ref fromEnvironment));
                }

                return items.Contains(null) ? null : new SequenceNode(node.Place, items!);
            case MappingNode mapping:
                var entries = new List<MappingEntry>();
                foreach (MappingEntry entry in mapping.Entries)
                {
                    if (Substitute(entry.Value, ref fromEnvironment) is { } value)
                    {
                        entries.Add(entry with { Value = value });
                    }
                }

                return entries.Count < mapping.Entries.Count ? null : mapping with { Entries = entries };
            default:
                return node;
        }
    }

    private ConfigNode? Substitute(ScalarNode scalar, ref bool fromEnvironment)
    {
        IReadOnlyList<InterpolationPart> parts = Interpolation.Parse(scalar.Text)!;
        if (parts is [{ IsReference: true } only])
        {
            return Find(only.Text, scalar.Place, ref fromEnvironment);
        }

        var text = new List<string>();
        foreach (InterpolationPart part in parts)
        {
            ConfigNode? found = part.IsReference ? Find(part.Text, scalar.Place, ref fromEnvironment) : new ScalarNode(scalar.Place, part.Text, IsPlain: false);
            if (found is not null and not ScalarNode { IsNull: false })
            {
                AddProblem($"`${{{part.Text}}}` can't be used inside text", scalar.Place, "a single value that is not null", found.Received);
            }

            if (found is not ScalarNode { IsNull: false } value)
            {
                return null;
            }

            text.Add(value.Text);
        }

        // A reference in brackets must be quoted, so quotes do not turn its value into text.
        return scalar with { Text = string.Concat(text), IsPlain = scalar.IsPlain || parts.Any(p => p.IsReference) };
    }

    private ConfigNode? Find(string reference, ConfigPlace place, ref bool fromEnvironment)
    {
        if (!reference.StartsWith(EnvironmentPrefix, StringComparison.Ordinal))
        {
            return FindKey(reference, place, ref fromEnvironment);
        }

        string name = reference[EnvironmentPrefix.Length..];
        if (environment(name) is not { } value)
        {
            if (reading.KeepsUnsetOfData && _open[0].StartsWith($"{CatalogGroup.Data}.", StringComparison.Ordinal))
            {
                fromEnvironment = true;
                return new ScalarNode(place, $"${{{reference}}}", IsPlain: false);
            }

            AddProblem($"The environment variable `{name}` is not set", place, "a variable of this name", $"${{{reference}}}",
                "Set it, or write the value itself.");
            return null;
        }

        fromEnvironment = true;
        return new ScalarNode(place, value, IsPlain: true) { IsEmptied = value.Length == 0 };
    }

    private ConfigNode? FindKey(string reference, ConfigPlace place, ref bool fromEnvironment)
    {
        if (ConfigState.Top.Find(reference) is { } topKey)
        {
            return ValueOf(top, topKey, reference, place, ref fromEnvironment);
        }

        string[] parts = reference.Split('.', 2);
        if (parts.Length == 2 && groups.TryGetValue(parts[0], out GroupState? state))
        {
            if (state.IsBroken)
            {
                return null;
            }

            if (state.Name is not null && parts[1] == ConfigGroups.NameKey)
            {
                return new ScalarNode(place, state.Name, IsPlain: false);
            }

            if (!state.IsOff && state.Shape?.Find(parts[1]) is { } key)
            {
                return ValueOf(state.Values, key, reference, place, ref fromEnvironment);
            }
        }

        string[] known = [.. Names()];
        AddProblem($"Unknown key `{reference}` in a reference", place, received: $"${{{reference}}}",
            hint: Spelling.DidYouMean(reference, known) ?? "`--print-config` lists all keys.");
        return null;
    }

    private ConfigNode? ValueOf(Dictionary<string, Setting> values, OptionKey key, string name, ConfigPlace place, ref bool fromEnvironment)
    {
        object? value = key.Default;
        if (values.ContainsKey(key.Path))
        {
            Setting setting = Resolve(values, key, name);
            if (setting.IsWrong)
            {
                return null;
            }

            value = setting.Value;
            fromEnvironment |= setting.Written is not null;
        }
        else if (key.IsRequired)
        {
            // The missing key is reported separately.
            return null;
        }

        // WriteJson escapes text that looks like a reference, so this resolves to the value itself.
        bool none = false;
        return Substitute(RunConfigReader.ToNode(key.WriteJson(value), place), ref none);
    }

    private IEnumerable<string> Names()
    {
        IEnumerable<string> inGroups = groups.Values.Where(g => g is { IsOff: false, Shape: not null })
            .SelectMany(g => g.Shape!.Keys.Select(k => $"{g.Group.Name}.{k.Path}").Prepend($"{g.Group.Name}.{ConfigGroups.NameKey}"));
        return ConfigState.Top.Keys.Select(k => k.Path).Concat(inGroups);
    }

    private void AddProblem(string message, ConfigPlace place, string? expected = null, string? received = null, string? hint = null)
        => reading.Problems.Add(new Problem(message) { Where = place.ToString(), Expected = expected, Received = received, Hint = hint });
}
