using Regimen.Catalog;

namespace Regimen.Configuration;

/// <summary>The state of a config while its layers are applied. Every value is checked when it is set, even if a later layer overrides it.
/// All problems are collected.</summary>
internal sealed class ConfigState
{
    private readonly List<Problem> _problems;
    private readonly UnknownKeys _unknown;
    private readonly ConfigReading _reading;
    private readonly Func<string, string?> _environment;
    private readonly KeySetter _keys;
    private readonly ChoiceSetter _choices;
    private readonly Dictionary<string, GroupState> _groups = ConfigGroups.All.ToDictionary(g => g.Name, g => new GroupState(g));
    private readonly Dictionary<string, Setting> _values = [];
    private readonly ObjectiveOfData _objectiveOfData;

    /// <param name="catalog">The catalog that component names are looked up in.</param>
    /// <param name="folders">The folders that contain the files of choices.</param>
    /// <param name="problems">The list that problems are added to.</param>
    /// <param name="environment">Returns the value of an environment variable, or null. The default is the process environment.</param>
    /// <param name="keepsUnsetOfData">Whether a key of the data keeps its reference to an environment variable that is not set.</param>
    public ConfigState(ComponentCatalog catalog, ConfigFolders folders, List<Problem> problems, Func<string, string?>? environment = null, bool keepsUnsetOfData = false)
    {
        _problems = problems;
        _unknown = new UnknownKeys(catalog, _groups);
        _environment = environment ?? Environment.GetEnvironmentVariable;
        _reading = new ConfigReading(catalog, _unknown, problems) { KeepsUnsetOfData = keepsUnsetOfData };
        _keys = new KeySetter(_reading);
        _choices = new ChoiceSetter(catalog, folders, _keys, problems);
        _objectiveOfData = new ObjectiveOfData(catalog, _groups[CatalogGroup.Data], _groups[CatalogGroup.Objective]);
    }

    /// <summary>The keys outside all groups.</summary>
    public static OptionsShape Top { get; } = OptionsShape.For(typeof(RunConfig));

    /// <summary>Applies a whole file as the next layer.</summary>
    public void Apply(ConfigNode root)
    {
        if (root is not MappingNode layer)
        {
            AddProblem("A config must contain keys with values", root.Place, "keys with values, for example `seed: 42`", root.Received);
            return;
        }

        bool isRecorded = RecordedKeys.IsRecorded(layer);
        foreach (MappingEntry entry in layer.Entries)
        {
            if (_groups.TryGetValue(entry.Key, out GroupState? group))
            {
                _choices.Set(group, entry.Value);
                if (isRecorded && entry.Value is MappingNode recorded && group is { Shape: { } shape, IsBroken: false })
                {
                    foreach ((OptionKey missing, ConfigNode value) in RecordedKeys.MissingIn(shape, recorded))
                    {
                        _keys.Set(group.Values, missing, $"{entry.Key}.{missing.Path}", value);
                    }
                }
            }
            else if (Top.Find(entry.Key) is { } key)
            {
                _keys.Set(_values, key, entry.Key, entry.Value);
            }
            else
            {
                _problems.Add(_unknown.CreateProblem(entry.Key, entry.KeyPlace));
            }
        }
    }

    /// <summary>Sets the choice of a group: the file of that choice, else the catalog's defaults.</summary>
    public void Choose(string group, ConfigNode node) => _choices.Set(_groups[group], node);

    /// <summary>Sets the catalog name of a group, as its <c>name</c> key does.</summary>
    public void SetName(string group, ConfigNode name) => _choices.SetName(_groups[group], name);

    /// <summary>Notes the choices of the default config. Called after that layer.</summary>
    public void NoteDefaults() => _objectiveOfData.NoteDefaults();

    /// <summary>Chooses the objective that the data names. Called after all choices are made.</summary>
    public void ChooseObjectiveOfData()
    {
        if (_objectiveOfData.Choice() is { } choice)
        {
            Choose(CatalogGroup.Objective, choice);
        }
    }

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
            _problems.Add(_unknown.CreateProblem(string.Join('.', path), node.Place));
        }
        else if (group.IsOff)
        {
            string name = group.Group.Name;
            AddProblem($"{name} is {ConfigGroups.None}, so `{string.Join('.', path)}` would have no effect", node.Place,
                hint: $"Choose {name}={(group.Group.IsNamed ? _choices.FirstOf(name) : ConfigGroups.Default)} too, or leave this key out.");
        }
        else
        {
            _keys.SetIn(group, string.Join('.', path.Skip(1)), path[^1], node.Place, node);
        }
    }

    /// <summary>Builds the config with the source of each value.</summary>
    /// <param name="defaults">The path of the default config, reported as the location of missing keys.</param>
    public ComposedConfig Compose(string defaults)
    {
        new ReferenceResolver(_groups, _values, _reading, _environment).ResolveAll();
        return new ConfigBuilder(_groups, _values, _problems).Build(defaults);
    }

    /// <summary>Reads the folder of all runs, with its references resolved.</summary>
    /// <exception cref="RequestException">The key <c>runs</c> can't be read.</exception>
    public string RunsFolder()
    {
        const string Key = "runs";
        new ReferenceResolver(_groups, _values, _reading, _environment).ResolveAll();
        return !_values.TryGetValue(Key, out Setting setting) ? (string)Top.Find(Key)!.Default!
            : setting.IsWrong ? throw new RequestException(_problems)
            : (string)setting.Value!;
    }

    /// <summary>Builds the config.</summary>
    public RunConfig Build(string source) => Compose(source).Config;

    private void AddProblem(string message, ConfigPlace place, string? expected = null, string? received = null, string? hint = null)
        => _problems.Add(new Problem(message) { Where = place.ToString(), Expected = expected, Received = received, Hint = hint });
}
