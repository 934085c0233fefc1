using Regimen.Catalog;

namespace Regimen.Configuration;

/// <summary>A config while it is put together, layer over layer. Every value is checked where it is set, also when a later layer sets it
/// again, so that a mistake in a file never passes; all problems are collected.</summary>
internal sealed class ConfigState
{
    private readonly ComponentCatalog _catalog;
    private readonly ConfigFolders _folders;
    private readonly List<Problem> _problems;
    private readonly UnknownKeys _unknown;
    private readonly ConfigReading _reading;
    private readonly Func<string, string?> _environment;
    private readonly KeySetter _keys;
    private readonly Dictionary<string, GroupState> _groups = ConfigGroups.All.ToDictionary(g => g.Name, g => new GroupState(g));
    private readonly Dictionary<string, Setting> _values = [];

    /// <param name="catalog">What names stand for.</param>
    /// <param name="folders">Where choices have files.</param>
    /// <param name="problems">Where problems go.</param>
    /// <param name="environment">The value of an environment variable, or null; the process's own where it is not given.</param>
    public ConfigState(ComponentCatalog catalog, ConfigFolders folders, List<Problem> problems, Func<string, string?>? environment = null)
    {
        _catalog = catalog;
        _folders = folders;
        _problems = problems;
        _unknown = new UnknownKeys(catalog, _groups);
        _environment = environment ?? Environment.GetEnvironmentVariable;
        _reading = new ConfigReading(catalog, _unknown, problems);
        _keys = new KeySetter(_reading);
    }

    /// <summary>The keys outside all groups.</summary>
    public static OptionsShape Top { get; } = OptionsShape.For(typeof(RunConfig));

    /// <summary>Lays a whole file over what there is.</summary>
    public void Apply(ConfigNode root)
    {
        if (root is not MappingNode layer)
        {
            Tell("A config is a list of keys", root.Place, "keys with values, as `seed: 42`", root.Received);
            return;
        }

        foreach (MappingEntry entry in layer.Entries)
        {
            if (_groups.TryGetValue(entry.Key, out GroupState? group))
            {
                Apply(group, entry.Value);
            }
            else if (Top.Find(entry.Key) is { } key)
            {
                _keys.Set(_values, key, entry.Key, entry.Value);
            }
            else
            {
                _problems.Add(_unknown.Tell(entry.Key, entry.KeyPlace));
            }
        }
    }

    /// <summary>Chooses in a group: the file of that choice, else the catalog's defaults.</summary>
    public void Choose(string group, ConfigNode node) => Apply(_groups[group], node);

    /// <summary>Sets the catalog's name of a group, as a key <c>name</c> does.</summary>
    public void SetName(string group, ConfigNode name) => UseName(_groups[group], name, choice: null);

    /// <summary>Sets one key from the command line.</summary>
    /// <param name="path">The group and the path in it, or a single key outside all groups.</param>
    /// <param name="node">The value.</param>
    public void SetKey(IReadOnlyList<string> path, ConfigNode node)
    {
        if (path.Count == 1 && Top.Find(path[0]) is { } top)
        {
            _keys.Set(_values, top, path[0], node);
        }
        else if (path.Count == 1 || !_groups.TryGetValue(path[0], out GroupState? group))
        {
            _problems.Add(_unknown.Tell(string.Join('.', path), node.Place));
        }
        else if (group.IsOff)
        {
            string name = group.Group.Name;
            Tell($"{name} is {ConfigGroups.None}, so `{string.Join('.', path)}` would have no effect", node.Place,
                hint: $"Choose {name}={ConfigGroups.Default} too, or leave this key out.");
        }
        else
        {
            _keys.SetIn(group, string.Join('.', path.Skip(1)), path[^1], node.Place, node);
        }
    }

    /// <summary>The config with where each value comes from.</summary>
    /// <param name="defaults">What the file with the defaults is called, for what is missing there.</param>
    public ComposedConfig Compose(string defaults)
    {
        new ReferenceResolver(_groups, _values, _reading, _environment).ResolveAll();
        return new ConfigBuilder(_groups, _values, _problems).Build(defaults);
    }

    /// <summary>The config.</summary>
    public RunConfig Build(string source) => Compose(source).Config;

    private void Apply(GroupState state, ConfigNode node)
    {
        switch (node)
        {
            case ScalarNode { IsNull: true, Text.Length: > 0 } when state.Group.CanBeOff:
                state.TurnOff(ConfigGroups.None);
                break;
            case ScalarNode { IsNull: true }:
                Tell($"`{state.Group.Name}` has no value", node.Place, Choices(state.Group), node.Received);
                break;
            case ScalarNode scalar:
                Choose(state, scalar);
                break;
            case MappingNode mapping:
                Apply(state, mapping, choice: null);
                break;
            default:
                string expected = node.Place.IsOption ? Choices(state.Group) : $"{Choices(state.Group)}, or keys";
                Tell($"Wrong value for `{state.Group.Name}`", node.Place, expected, node.Received);
                break;
        }
    }

    private void Choose(GroupState state, ScalarNode node)
    {
        ConfigGroup group = state.Group;
        string choice = node.Text;
        if (_folders.Find(group.Name, choice) is { } file)
        {
            if (state.Choice != choice)
            {
                state.StartAnew(choice);
            }

            state.ChosenAt = node.Place;
            ApplyChoiceFile(state, choice, file);
        }
        else if (group.IsNamed)
        {
            UseName(state, node, choice);
        }
        else if (group.CanBeOff && choice == ConfigGroups.None)
        {
            state.TurnOff(choice);
        }
        else if (choice == ConfigGroups.Default)
        {
            if (state.Choice != choice)
            {
                state.StartAnew(choice);
            }
        }
        else
        {
            TellUnknownChoice(state, node);
        }
    }

    private void ApplyChoiceFile(GroupState state, string choice, (string Path, string Shown) file)
    {
        int before = _problems.Count;
        var place = new ConfigPlace(file.Shown, 1, 1);
        switch (ConfigFile.Read(file.Path, file.Shown, _problems))
        {
            case null when _problems.Count > before:
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
                Tell($"The file of a choice of `{state.Group.Name}` is a list of its keys", node.Place, "keys with values", node.Received);
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
                Tell($"`{state.Group.Name}` has no name", mapping.Place, $"`name:` with {Choices(state.Group)}");
                state.Break();
            }
        }
        else if (state.IsOff)
        {
            state.StartAnew(ConfigGroups.Default);
        }

        _keys.SetAll(state, mapping);
    }

    private void UseName(GroupState state, ConfigNode node, string? choice)
    {
        if (node is not ScalarNode { IsNull: false } scalar)
        {
            Tell($"Wrong value for `{state.Group.Name}.{ConfigGroups.NameKey}`", node.Place, Choices(state.Group), node.Received);
            state.Break();
            return;
        }

        if (_catalog.TryFind(state.Group.Name, scalar.Text) is not { } entry)
        {
            TellUnknownChoice(state, scalar);
            return;
        }

        try
        {
            var shape = OptionsShape.For(entry.OptionsType);
            if (state.Name != entry.Name)
            {
                state.StartAnew(choice ?? entry.Name);
            }

            state.ChosenAt = node.Place;
            state.Use(entry.Name, shape);
        }
        catch (RequestException exception)
        {
            _problems.AddRange(exception.Problems);
            state.Break();
        }
    }

    private void TellUnknownChoice(GroupState state, ScalarNode node)
    {
        string[] choices = [.. ConfigChoices.Of(_catalog, _folders, state.Group)];
        string? meant = Interpolation.IsIn(node) ? "A choice can't be a reference: write its name." : Spelling.DidYouMean(node.Text, choices);
        Tell($"There is no {state.Group.Name} `{ConfigNode.Printable(node.Text)}`", node.Place, Choices(state.Group), node.Received,
            Join(meant, _folders.Looked));
        state.Break();
    }

    private string Choices(ConfigGroup group) => ConfigChoices.Words(ConfigChoices.Of(_catalog, _folders, group));

    private static string? Join(string? first, string? second) => first is null || second is null ? first ?? second : $"{first} {second}";

    private void Tell(string message, ConfigPlace place, string? expected = null, string? received = null, string? hint = null)
        => _problems.Add(new Problem(message) { Where = place.ToString(), Expected = expected, Received = received, Hint = hint });
}
