namespace Regimen.Configuration;

/// <summary>Sets keys, each checked by its own type and bounds; what is wrong is added to the problems.</summary>
internal sealed class KeySetter(ConfigReading reading)
{
    /// <summary>Sets what stands below a group.</summary>
    public void SetAll(GroupState state, MappingNode mapping) => SetAll(state, "", mapping);

    /// <summary>Sets one key of a group.</summary>
    /// <param name="state">The group.</param>
    /// <param name="path">The key's path in the group.</param>
    /// <param name="key">Its last part, as written.</param>
    /// <param name="keyPlace">Where the key stands.</param>
    /// <param name="value">What it is set to.</param>
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
            reading.Problems.Add(reading.Unknown.Tell(state, path, keyPlace));
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

    /// <summary>Sets a value that is known by its key.</summary>
    public void Set(Dictionary<string, Setting> values, OptionKey key, string name, ConfigNode node)
    {
        if (!reading.IsResolved && Interpolation.IsIn(node))
        {
            values[key.Path] = Refer(node, name);
            return;
        }

        // What was wrong has been told, and counts as set: that it must be set is not told as well.
        bool isRead = key.TryRead(node, name, reading, out object? value);
        values[key.Path] = new Setting(isRead ? value : null, node.Place) { IsWrong = !isRead };
    }

    /// <summary>Notes what refers to other values, to be resolved when all layers are there.</summary>
    private Setting Refer(ConfigNode node, string name)
    {
        if (Interpolation.FindMalformed(node) is not { } malformed)
        {
            return new Setting(null, node.Place) { Unresolved = node };
        }

        reading.Problems.Add(new Problem($"There is a reference in `{name}` that can't be read")
        {
            Where = malformed.Place.ToString(),
            Expected = "${GROUP.KEY}, ${KEY} or ${env:NAME}",
            Received = malformed.Received,
            Hint = "Where `${` is meant as text, write `$${`.",
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
