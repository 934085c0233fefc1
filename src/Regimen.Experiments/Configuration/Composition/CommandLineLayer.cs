using System.Text.RegularExpressions;

namespace Regimen.Configuration;

/// <summary>The command-line layer of a config: <c>experiment=NAME</c>, <c>debug=NAME</c>, choices and keys.</summary>
internal sealed partial class CommandLineLayer
{
    private readonly List<(string Group, ConfigNode Value, bool IsName)> _choices = [];
    private readonly List<(string[] Path, ConfigNode Value)> _keys = [];

    /// <summary>The last <c>experiment=NAME</c>, or null.</summary>
    public ScalarNode? Experiment { get; private set; }

    /// <summary>The last <c>debug=NAME</c>, or null.</summary>
    public ScalarNode? Debug { get; private set; }

    /// <summary>The keys that were set, in command-line order.</summary>
    public IReadOnlyList<(string[] Path, ConfigNode Value)> Keys => _keys;

    /// <summary>Reads arguments. Problems are added to <paramref name="problems"/>.</summary>
    public static CommandLineLayer Read(IReadOnlyList<string> arguments, ICollection<Problem> problems)
    {
        var layer = new CommandLineLayer();
        foreach (string argument in arguments)
        {
            layer.Add(argument, problems);
        }

        return layer;
    }

    /// <summary>Applies this layer to a config: choices first, then keys, each in command-line order.</summary>
    public void ApplyTo(ConfigState state)
    {
        foreach ((string group, ConfigNode value, bool isName) in _choices)
        {
            if (isName)
            {
                state.SetName(group, value);
            }
            else
            {
                state.Choose(group, value);
            }
        }

        state.ChooseObjectiveOfData();
        foreach ((string[] path, ConfigNode value) in _keys)
        {
            state.SetKey(path, value);
        }
    }

    private void Add(string argument, ICollection<Problem> problems)
    {
        string shown = ConfigNode.Printable(argument);
        string[] parts = argument.Split('=', 2);
        if (parts.Length < 2 || !KeyPattern().IsMatch(parts[0]))
        {
            problems.Add(new Problem("The argument is not a setting")
            {
                Where = shown.Length == 0 ? "an empty argument" : shown,
                Expected = "key=value, for example model=cnn or model.hidden=256",
                Received = shown.Length == 0 ? "nothing" : shown,
                Hint = ElementPattern().Match(parts[0]) is { Success: true } element
                    ? $"Set the whole list: {element.Groups["list"].Value}=[…]."
                    : argument.Contains(' ', StringComparison.Ordinal) ? "Write no spaces around `=`." : null,
            });
            return;
        }

        int before = problems.Count;
        var place = new ConfigPlace(shown);
        ConfigNode? value = ReadValue(parts[1], place, isInGroup: parts[0].Contains('.', StringComparison.Ordinal), problems);
        string[] path = parts[0].Split('.');
        if (value is null)
        {
            if (problems.Count == before)
            {
                problems.Add(new Problem($"`{parts[0]}` has no value") { Where = shown, Received = "nothing" });
            }
        }
        else if (path is [ConfigGroups.Experiment or ConfigGroups.Debug])
        {
            AddLayer(path[0], value, problems);
        }
        else if (path.Length <= 2 && ConfigGroups.All.FirstOrDefault(g => g.Name == path[0]) is { } group
            && (path.Length == 1 || (group.IsNamed && path[1] == ConfigGroups.NameKey)))
        {
            _choices.Add((group.Name, value, path.Length == 2));
        }
        else
        {
            _keys.Add((path, value));
        }
    }

    private void AddLayer(string name, ConfigNode value, ICollection<Problem> problems)
    {
        if (value is not ScalarNode { IsNull: false } scalar)
        {
            problems.Add(new Problem($"`{name}` has no name")
            {
                Where = value.Place.ToString(),
                Expected = $"the name of a file in configs/{name}/",
                Received = value.Received,
            });
        }
        else if (name == ConfigGroups.Experiment)
        {
            Experiment = scalar;
        }
        else
        {
            Debug = scalar;
        }
    }

    /// <summary>Reads a value. A list, a mapping or a quoted value is parsed as YAML; everything else is taken literally.</summary>
    private static ConfigNode? ReadValue(string text, ConfigPlace place, bool isInGroup, ICollection<Problem> problems)
    {
        if (text is ['{', ..] && !isInGroup)
        {
            problems.Add(new Problem("A mapping can't be set on the command line")
            {
                Where = place.Source,
                Expected = "a value, or a list such as [1,2]",
                Received = ConfigNode.Printable(text),
                Hint = "Set each key separately, for example model.hidden=256 optimizer.lr=0.01.",
            });
            return null;
        }

        // A file name such as [1].csv has text after the bracket; a list does not.
        bool isName = text is ['[', .., not ']'] && text.Contains(']', StringComparison.Ordinal);
        return text is ['[' or '{' or '"' or '\'', ..] && !isName
            ? YamlReader.Read(text, place.Source, isOption: true, problems)
            : new ScalarNode(place, text, IsPlain: true);
    }

    /// <summary>An element of a list, for example <c>transforms.train[0].p</c>.</summary>
    [GeneratedRegex("^(?<list>[A-Za-z0-9_.]+)\\[[0-9]*\\]")]
    private static partial Regex ElementPattern();

    [GeneratedRegex("^[A-Za-z_][A-Za-z0-9_]*(\\.[A-Za-z_][A-Za-z0-9_]*)*\\z")]
    private static partial Regex KeyPattern();
}
