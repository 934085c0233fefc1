using Regimen.Catalog;

namespace Regimen.Configuration;

/// <summary>A config while it is put together, layer over layer. Every value is checked where it is set, also when a later layer sets it
/// again, so that a mistake in a file never passes; all problems are collected.</summary>
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

    /// <param name="catalog">What names stand for.</param>
    /// <param name="folders">Where choices have files.</param>
    /// <param name="problems">Where problems go.</param>
    /// <param name="environment">The value of an environment variable, or null; the process's own where it is not given.</param>
    public ConfigState(ComponentCatalog catalog, ConfigFolders folders, List<Problem> problems, Func<string, string?>? environment = null)
    {
        _problems = problems;
        _unknown = new UnknownKeys(catalog, _groups);
        _environment = environment ?? Environment.GetEnvironmentVariable;
        _reading = new ConfigReading(catalog, _unknown, problems);
        _keys = new KeySetter(_reading);
        _choices = new ChoiceSetter(catalog, folders, _keys, problems);
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
                _problems.Add(_unknown.Tell(entry.Key, entry.KeyPlace));
            }
        }
    }

    /// <summary>Chooses in a group: the file of that choice, else the catalog's defaults.</summary>
    public void Choose(string group, ConfigNode node) => _choices.Set(_groups[group], node);

    /// <summary>Sets the catalog's name of a group, as a key <c>name</c> does.</summary>
    public void SetName(string group, ConfigNode name) => _choices.SetName(_groups[group], name);

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

    /// <summary>The folder of all runs, with its references resolved.</summary>
    /// <exception cref="RequestException">It can't be read.</exception>
    public string RunsFolder()
    {
        const string Key = "runs";
        new ReferenceResolver(_groups, _values, _reading, _environment).ResolveAll();
        return !_values.TryGetValue(Key, out Setting setting) ? (string)Top.Find(Key)!.Default!
            : setting.IsWrong ? throw new RequestException(_problems)
            : (string)setting.Value!;
    }

    /// <summary>The config.</summary>
    public RunConfig Build(string source) => Compose(source).Config;

    private void Tell(string message, ConfigPlace place, string? expected = null, string? received = null, string? hint = null)
        => _problems.Add(new Problem(message) { Where = place.ToString(), Expected = expected, Received = received, Hint = hint });
}
