using System.Reflection;
using Regimen.Configuration;

namespace Regimen.Experiments;

/// <summary>The paths of a run's data. A run is identified by its data's fingerprint, not by the paths, so they may be changed for data that has
/// moved. A recorded relative path is relative to the working directory of the recorded run.</summary>
/// <remarks>A path is a string option of the data set whose key is, or ends in, one of the words root, path, folder, directory or file, such as
/// <c>data.root</c> and <c>data.test_path</c>.</remarks>
internal static class DataPaths
{
    private const string Group = "data.";
    private static readonly string[] Words = ["root", "path", "folder", "directory", "file"];
    private static readonly MethodInfo Clone = typeof(object).GetMethod("MemberwiseClone", BindingFlags.Instance | BindingFlags.NonPublic)!;

    /// <summary>Returns the keys of a config that are paths of its data: <c>data.root</c>.</summary>
    public static IReadOnlyList<string> Keys(RunConfig config) => [.. Of(config.Data.Options).Select(k => Group + k.Path)];

    /// <summary>Whether a full key may be a path of data.</summary>
    public static bool IsPath(string key) => key.StartsWith(Group, StringComparison.Ordinal) && Words.Contains(key[Group.Length..].Split('_')[^1]);

    /// <summary>Splits overrides into paths of the data and the rest.</summary>
    public static (IReadOnlyList<string> Paths, IReadOnlyList<string> Others) Split(IReadOnlyList<string> overrides)
    {
        ILookup<bool, string> split = overrides.ToLookup(o => IsPath(o.Split('=')[0]));
        return ([.. split[true]], [.. split[false]]);
    }

    /// <summary>Returns a config with other paths.</summary>
    /// <param name="config">The config.</param>
    /// <param name="changes">The new paths as <c>data.root=PATH</c>; a relative path is relative to the working directory.</param>
    /// <param name="workingDirectory">The working directory.</param>
    /// <exception cref="RequestException">A key is not a path of the data, or its value is missing.</exception>
    public static RunConfig With(RunConfig config, IReadOnlyList<string> changes, string workingDirectory)
    {
        if (changes.Count == 0)
        {
            return config;
        }

        var values = new Dictionary<string, string>();
        var problems = new List<Problem>();
        IReadOnlyList<string> keys = Keys(config);
        foreach (string change in changes)
        {
            string[] parts = change.Split('=', 2);
            if (parts.Length < 2 || parts[1].Length == 0 || parts[1].Contains('\0', StringComparison.Ordinal) || !keys.Contains(parts[0]))
            {
                problems.Add(new Problem("Only paths of the data can be changed here")
                {
                    Where = change,
                    Expected = keys.Count == 0 ? $"nothing: data={config.Data.Name} has no paths" : string.Join(", ", keys.Select(k => $"{k}=PATH")),
                    Received = change,
                });
                continue;
            }

            values[parts[0][Group.Length..]] = Path.GetFullPath(parts[1], workingDirectory);
        }

        return problems.Count > 0 ? throw new RequestException(problems) : config with { Data = config.Data with { Options = With(config.Data.Options, values) } };
    }

    /// <summary>Returns a data set's options with resolved paths: a relative path is resolved against the working directory of the recorded run if the
    /// file or folder exists there.</summary>
    public static object Resolved(object options, string? folder)
    {
        var values = new Dictionary<string, string>();
        foreach (OptionKey key in folder is null ? [] : Of(options))
        {
            if (OptionsShape.Get(options, key) is string { Length: > 0 } path && !Path.IsPathFullyQualified(path))
            {
                string there = Path.GetFullPath(path, folder!);
                if (Path.Exists(there) || (Path.GetFileName(there).AsSpan().ContainsAny('*', '?', '{') && Directory.Exists(Path.GetDirectoryName(there))))
                {
                    values[key.Path] = there;
                }
            }
        }

        return values.Count == 0 ? options : With(options, values);
    }

    private static IEnumerable<OptionKey> Of(object options)
        => OptionsShape.For(options.GetType()).Keys.Where(k => k.Chain is [{ } property] && property.PropertyType == typeof(string) && IsPath(Group + k.Path));

    private static object With(object options, Dictionary<string, string> values)
    {
        object copy = Clone.Invoke(options, null)!;
        foreach (OptionKey key in Of(options))
        {
            if (values.TryGetValue(key.Path, out string? value))
            {
                key.Chain[0].SetValue(copy, value);
            }
        }

        return copy;
    }
}
