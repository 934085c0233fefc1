using Regimen.Catalog;

namespace Regimen.Configuration;

/// <summary>Composes a run's config from files and arguments, and reports every problem found.</summary>
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
/// If a layer after the defaults chooses the data and none sets anything of the objective, the data set may name its objective.
/// On the command line the order matters only for the same key. In a file, <c>model: cnn</c> is a choice; keys below <c>model:</c> set
/// those keys, and <c>name</c> among them selects another model with its defaults. A new choice or name in a group discards the keys
/// that earlier layers set there.
/// </remarks>
public static class ConfigComposer
{
    /// <summary>Composes a config.</summary>
    /// <param name="catalog">The catalog that component names are looked up in.</param>
    /// <param name="request">The arguments and folders.</param>
    /// <exception cref="RequestException">The config is invalid; the exception lists every problem with its location.</exception>
    public static ComposedConfig Compose(ComponentCatalog catalog, ConfigRequest request)
    {
        var problems = new List<Problem>();
        var folders = ConfigFolders.For(request);
        var commandLine = CommandLineLayer.Read(request.Arguments, problems);
        var state = new ConfigState(catalog, folders, problems, request.Environment);

        string defaults = ApplyDefaults(state, folders, problems);
        state.NoteDefaults();
        ApplyNamed(state, folders, ConfigGroups.Experiment, commandLine.Experiment, problems);
        ApplyNamed(state, folders, ConfigGroups.Debug, commandLine.Debug, problems);
        if (request.ConfigFile is { } file)
        {
            ApplyFile(state, Resolve(request.WorkingDirectory, file, problems), file, problems);
        }

        commandLine.ApplyTo(state);
        return state.Compose(defaults);
    }

    /// <summary>Reads the default folder of all runs: the key <c>runs</c> of the default config. The other keys may be incomplete, for
    /// example where <c>data</c> is always given on the command line.</summary>
    /// <param name="catalog">The catalog that component names are looked up in.</param>
    /// <param name="request">The folders to search.</param>
    /// <exception cref="RequestException">The default config, or its key <c>runs</c>, can't be read.</exception>
    public static string RunsFolder(ComponentCatalog catalog, ConfigRequest request)
    {
        var problems = new List<Problem>();
        var folders = ConfigFolders.For(request);
        var state = new ConfigState(catalog, folders, problems, request.Environment);
        ApplyDefaults(state, folders, problems);
        return state.RunsFolder();
    }

    /// <summary>Applies the default config. If the one in the working directory can't be read, the shipped one is used instead, so that
    /// problems of the other layers are reported too.</summary>
    /// <returns>The path of the file as shown in messages.</returns>
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
        problems.Add(new Problem($"Unknown {layer} `{ConfigNode.Printable(name.Text)}`")
        {
            Where = name.Place.ToString(),
            Expected = ConfigChoices.Words(choices),
            Received = name.Received,
            Hint = meant is null ? folders.SearchedFolders : $"{meant} {folders.SearchedFolders}",
        });
    }

    /// <returns>Whether the file could be read. Its content may still have problems.</returns>
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

        problems.Add(new Problem("--config needs a file")
        {
            Where = "--config",
            Expected = "the path of a YAML file",
            Received = file.Length == 0 ? "nothing" : ConfigNode.Printable(file),
        });
        return null;
    }
}
