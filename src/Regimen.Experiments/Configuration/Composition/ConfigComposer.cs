using Regimen.Catalog;

namespace Regimen.Configuration;

/// <summary>Puts a run's config together from files and arguments, and refuses it with every problem there is.</summary>
/// <remarks>
/// A later layer wins over an earlier one:
/// <code>
/// defaults        configs/train.yaml, which names each group's choice, and configs/GROUP/CHOICE.yaml
/// experiment=X    configs/experiment/X.yaml
/// debug=X         configs/debug/X.yaml
/// --config FILE
/// group=choice    configs/GROUP/CHOICE.yaml, or the catalog's defaults where there is no such file
/// key=value
/// </code>
/// On the line the order matters only for the same key. In a file, <c>model: cnn</c> is a choice, keys below <c>model:</c> set those
/// keys, and a <c>name</c> among them names another model with its defaults. Another choice or name in a group drops the keys that
/// earlier layers set there.
/// </remarks>
public static class ConfigComposer
{
    /// <summary>Composes a config.</summary>
    /// <param name="catalog">What names stand for.</param>
    /// <param name="request">What was asked for.</param>
    /// <exception cref="RequestException">Something is wrong: every problem, each with its place.</exception>
    public static ComposedConfig Compose(ComponentCatalog catalog, ConfigRequest request)
    {
        var problems = new List<Problem>();
        var folders = ConfigFolders.For(request);
        var commandLine = CommandLineLayer.Read(request.Arguments, problems);
        var state = new ConfigState(catalog, folders, problems, request.Environment);

        string defaults = ApplyDefaults(state, folders, problems);
        ApplyNamed(state, folders, ConfigGroups.Experiment, commandLine.Experiment, problems);
        ApplyNamed(state, folders, ConfigGroups.Debug, commandLine.Debug, problems);
        if (request.ConfigFile is { } file)
        {
            ApplyFile(state, Resolve(request.WorkingDirectory, file, problems), file, problems);
        }

        commandLine.ApplyTo(state);
        return state.Compose(defaults);
    }

    /// <summary>The folder of all runs where no command says otherwise: <c>runs</c> of the defaults. The rest of them may be incomplete, as it is
    /// where every training names its data.</summary>
    /// <param name="catalog">What names stand for.</param>
    /// <param name="request">Where the configs are.</param>
    /// <exception cref="RequestException">The defaults, or this key in them, can't be read.</exception>
    public static string RunsFolder(ComponentCatalog catalog, ConfigRequest request)
    {
        var problems = new List<Problem>();
        var folders = ConfigFolders.For(request);
        var state = new ConfigState(catalog, folders, problems, request.Environment);
        ApplyDefaults(state, folders, problems);
        return state.RunsFolder();
    }

    /// <summary>The defaults. Where the user's own can't be read, the shipped ones stand in, so that the other layers' problems are told
    /// in the same go.</summary>
    /// <returns>What the file is called.</returns>
    private static string ApplyDefaults(ConfigState state, ConfigFolders folders, List<Problem> problems)
    {
        foreach ((string path, string shown) in folders.Defaults)
        {
            if (ApplyFile(state, path, shown, problems))
            {
                return shown;
            }
        }

        throw new RequestException(problems);
    }

    private static void ApplyNamed(ConfigState state, ConfigFolders folders, string layer, ScalarNode? name, List<Problem> problems)
    {
        if (name is null)
        {
            return;
        }

        if (folders.Find(layer, name.Text) is { } file)
        {
            ApplyFile(state, file.Path, file.DisplayText, problems);
            return;
        }

        string[] choices = [.. folders.Choices(layer)];
        string? meant = Spelling.DidYouMean(name.Text, choices);
        problems.Add(new Problem($"There is no {layer} `{ConfigNode.Printable(name.Text)}`")
        {
            Where = name.Place.ToString(),
            Expected = ConfigChoices.Words(choices),
            Received = name.Received,
            Hint = meant is null ? folders.Looked : $"{meant} {folders.Looked}",
        });
    }

    /// <returns>Whether the file could be read, whatever may be wrong in it.</returns>
    private static bool ApplyFile(ConfigState state, string? path, string shown, List<Problem> problems)
    {
        if (path is null)
        {
            return false;
        }

        int before = problems.Count;
        ConfigNode? root = ConfigFile.Read(path, shown, problems);
        if (root is null)
        {
            return problems.Count == before;
        }

        state.Apply(root);
        return true;
    }

    private static string? Resolve(string workingDirectory, string file, List<Problem> problems)
    {
        if (file.Length > 0 && !file.Contains('\0', StringComparison.Ordinal))
        {
            return Path.GetFullPath(file, Path.GetFullPath(workingDirectory));
        }

        problems.Add(new Problem("--config has no file")
        {
            Where = "--config",
            Expected = "the path of a YAML file",
            Received = file.Length == 0 ? "nothing" : ConfigNode.Printable(file),
        });
        return null;
    }
}
