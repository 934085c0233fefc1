using Regimen.Catalog;

namespace Regimen.Configuration;

/// <summary>Sets the choice of a group: by a file in the group's folder, by a name from the catalog, or by a mapping with a <c>name</c> key.</summary>
internal sealed class ChoiceSetter(ComponentCatalog catalog, ConfigFolders folders, KeySetter keys, List<Problem> problems)
{
    /// <summary>Sets a group from the name of a choice, or from a mapping of its keys.</summary>
    public void Set(GroupState state, ConfigNode node)
    {
        state.Layers++;
        switch (node)
        {
            case ScalarNode { IsNull: true, Text.Length: > 0 } when state.Group.CanBeOff:
                state.TurnOff(ConfigGroups.None);
                break;
            case ScalarNode { IsNull: true }:
                AddProblem($"`{state.Group.Name}` has no value", node.Place, Choices(state.Group), node.Received);
                break;
            case ScalarNode scalar:
                Choose(state, scalar);
                break;
            case MappingNode mapping:
                Apply(state, mapping, choice: null);
                break;
            default:
                string expected = node.Place.IsOption ? Choices(state.Group) : $"{Choices(state.Group)}, or keys";
                AddProblem($"Wrong value for `{state.Group.Name}`", node.Place, expected, node.Received);
                break;
        }
    }

    /// <summary>Sets the catalog name of a group, as its <c>name</c> key does.</summary>
    public void SetName(GroupState state, ConfigNode name)
    {
        state.Layers++;
        UseName(state, name, choice: null);
    }

    /// <summary>Returns the first component of a group, as an example in messages.</summary>
    public string FirstOf(string group) => catalog.In(group).First().Name;

    private void Choose(GroupState state, ScalarNode node)
    {
        ConfigGroup group = state.Group;
        string choice = node.Text;
        if (folders.Find(group.Name, choice) is { } file)
        {
            if (state.Choice != choice)
            {
                state.Reset(choice);
            }

            state.ChosenAt = node.Place;
            ApplyChoiceFile(state, choice, file);
        }
        else if (group.CanBeOff && choice == ConfigGroups.None)
        {
            state.TurnOff(choice);
        }
        else if (group.IsNamed)
        {
            UseName(state, node, choice);
        }
        else if (choice == ConfigGroups.Default)
        {
            if (state.Choice != choice)
            {
                state.Reset(choice);
            }
        }
        else
        {
            AddUnknownChoice(state, node);
        }
    }

    private void ApplyChoiceFile(GroupState state, string choice, (string Path, string DisplayText) file)
    {
        int before = problems.Count;
        var place = new ConfigPlace(file.DisplayText, 1, 1);
        switch (ConfigFile.Read(file.Path, file.DisplayText, problems))
        {
            case null when problems.Count > before:
                state.Break();
                break;
            case null:
                Apply(state, new MappingNode(place, []), choice);
                break;
            case MappingNode mapping:
                Apply(state, mapping, choice);
                break;
            case ScalarNode { IsNull: true } when state.Group.CanBeOff:
                state.TurnOff(choice);
                break;
            case ConfigNode node:
                AddProblem($"A file in configs/{state.Group.Name}/ must contain keys with values", node.Place, "keys with values", node.Received);
                state.Break();
                break;
        }
    }

    private void Apply(GroupState state, MappingNode mapping, string? choice)
    {
        if (state.Group.IsNamed)
        {
            MappingEntry? name = mapping.Entries.FirstOrDefault(e => e.Key == ConfigGroups.NameKey);
            if (name is not null)
            {
                UseName(state, name.Value, choice);
            }
            else if (choice is not null && state.Name is null)
            {
                UseName(state, new ScalarNode(mapping.Place, choice, IsPlain: true), choice);
            }
            else if (state.Name is null && !state.IsBroken)
            {
                AddProblem($"`{state.Group.Name}` has no name", mapping.Place, $"`name:` with {Choices(state.Group)}");
                state.Break();
            }

            if (state.IsOff && mapping.Entries.FirstOrDefault(e => e.Key != ConfigGroups.NameKey) is { } other)
            {
                string group = state.Group.Name;
                AddProblem($"{group} is {ConfigGroups.None}, so `{group}.{other.Key}` would have no effect", other.KeyPlace);
            }
        }
        else if (state.IsOff)
        {
            state.Reset(ConfigGroups.Default);
        }

        keys.SetAll(state, mapping);
    }

    private void UseName(GroupState state, ConfigNode node, string? choice)
    {
        if (node is not ScalarNode { IsNull: false } scalar)
        {
            AddProblem($"Wrong value for `{state.Group.Name}.{ConfigGroups.NameKey}`", node.Place, Choices(state.Group), node.Received);
            state.Break();
            return;
        }

        if (state.Group.CanBeOff && scalar.Text == ConfigGroups.None)
        {
            state.TurnOff(ConfigGroups.None);
            return;
        }

        if (catalog.TryFind(state.Group.Name, scalar.Text) is not { } entry)
        {
            AddUnknownChoice(state, scalar);
            return;
        }

        try
        {
            var shape = OptionsShape.For(entry.OptionsType);
            if (state.Name != entry.Name)
            {
                state.Reset(choice ?? entry.Name);
            }

            state.ChosenAt = node.Place;
            state.Use(entry.Name, shape);
        }
        catch (RequestException exception)
        {
            problems.AddRange(exception.Problems);
            state.Break();
        }
    }

    private void AddUnknownChoice(GroupState state, ScalarNode node)
    {
        string[] choices = [.. ConfigChoices.Of(catalog, folders, state.Group)];
        string? meant = Interpolation.IsIn(node) ? "A choice can't be a reference. Write its name." : Spelling.DidYouMean(node.Text, choices);
        AddProblem($"Unknown {state.Group.Name} `{ConfigNode.Printable(node.Text)}`", node.Place, Choices(state.Group), node.Received,
            Join(meant, folders.SearchedFolders));
        state.Break();
    }

    private string Choices(ConfigGroup group) => ConfigChoices.Words(ConfigChoices.Of(catalog, folders, group));

    private static string? Join(string? first, string? second) => first is null || second is null ? first ?? second : $"{first} {second}";

    private void AddProblem(string message, ConfigPlace place, string? expected = null, string? received = null, string? hint = null)
        => problems.Add(new Problem(message) { Where = place.ToString(), Expected = expected, Received = received, Hint = hint });
}
