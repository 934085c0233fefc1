namespace Regimen.Configuration;

/// <summary>Sets keys and checks each value against the type and bounds of its key. Problems are added to the reading's list.</summary>
internal sealed class KeySetter(ConfigReading reading)
{
    /// <summary>Sets all keys of a group's mapping.</summary>
    public void SetAll(GroupState state, MappingNode mapping) => SetAll(state, "", mapping);

    /// <summary>Sets one key of a group.</summary>
    /// <param name="state">The group.</param>
    /// <param name="path">The key's path in the group.</param>
    /// <param name="key">Its last part, as written.</param>
    /// <param name="keyPlace">The location of the key.</param>
    /// <param name="value">The value.</param>
    public void SetIn(GroupState state, string path, string key, ConfigPlace keyPlace, ConfigNode value)
    {
        if (state.IsBroken || state.Shape is not { } shape)
        {
            return;
        }

        if (!key.Contains('.', StringComparison.Ordinal) && shape.Find(path) is { } known)
        {
            Set(state.Values, known, $"{state.Group.Name}.{path}", value);
        }
        else if (!shape.IsRecord(path))
        {
            reading.Problems.Add(reading.Unknown.CreateProblem(state, path, keyPlace));
        }
        else if (value is MappingNode inner)
        {
            SetAll(state, $"{path}.", inner);
        }
        else
        {
            IEnumerable<string> keys = shape.Keys.Select(k => k.Path).Where(p => p.StartsWith($"{path}.", StringComparison.Ordinal));
            reading.Problems.Add(new Problem($"Wrong value for `{state.Group.Name}.{path}`")
            {
                Where = value.Place.ToString(),
                Expected = $"its keys: {string.Join(", ", keys)}",
                Received = value.Received,
            });
        }
    }

    /// <summary>Sets the value of a known key.</summary>
    public void Set(Dictionary<string, Setting> values, OptionKey key, string name, ConfigNode node)
    {
        if (node is ScalarNode written && key.WrittenForm?.Check(name, written.Text) is { } refused)
        {
            reading.Problems.Add(refused);
            values[key.Path] = new Setting(null, node.Place) { IsWrong = true };
            return;
        }

        if (!reading.IsResolved && Interpolation.IsIn(node))
        {
            values[key.Path] = Refer(node, name);
            return;
        }

        // A wrong value counts as set, so that the key is not also reported as missing.
        bool isRead = key.TryRead(node, name, reading, out object? value);
        values[key.Path] = new Setting(isRead ? value : null, node.Place) { IsWrong = !isRead };
    }

    /// <summary>Stores a value with references, to be resolved after all layers are applied.</summary>
    private Setting Refer(ConfigNode node, string name)
    {
        if (Interpolation.FindMalformed(node) is not { } malformed)
        {
            return new Setting(null, node.Place) { Unresolved = node };
        }

        reading.Problems.Add(new Problem($"Invalid reference in `{name}`")
        {
            Where = malformed.Place.ToString(),
            Expected = "${GROUP.KEY}, ${KEY} or ${env:NAME}",
            Received = malformed.Received,
            Hint = "For the literal text `${`, write `$${`.",
        });
        return new Setting(null, node.Place) { IsWrong = true };
    }

    private void SetAll(GroupState state, string prefix, MappingNode mapping)
    {
        foreach (MappingEntry entry in mapping.Entries)
        {
            if (prefix.Length > 0 || !state.Group.IsNamed || entry.Key != ConfigGroups.NameKey)
            {
                SetIn(state, prefix + entry.Key, entry.Key, entry.KeyPlace, entry.Value);
            }
        }
    }
}
