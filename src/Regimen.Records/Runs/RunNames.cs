using System.Globalization;

namespace Regimen.Runs;

/// <summary>The names of the runs in a folder. A run's name is that of its folder; a trial of a sweep is named by the sweep and its number, as
/// <c>2026-11-23_14-03-22_sweep-hidden/7</c>. A short name is an end of the name that no other run's name ends with.</summary>
/// <remarks>An end begins behind a <c>_</c> or <c>-</c>. The short name that is shown has at least the part behind the time.</remarks>
internal sealed class RunNames
{
    /// <summary>The last run that was started.</summary>
    public const string Latest = "latest";

    /// <summary>The run with the best value.</summary>
    public const string Best = "best";

    private const string Trials = "trials";
    private const string StampedName = "2026-11-23_14-03-22_";
    private readonly ILookup<string, string> _byEnd;
    private readonly HashSet<string> _names;

    /// <summary>Indexes some names.</summary>
    public RunNames(IEnumerable<string> names)
    {
        _names = [.. names];
        _byEnd = _names.SelectMany(n => Starts(n).Select(s => (End: n[s..], Name: n))).ToLookup(e => e.End, e => e.Name);
    }

    /// <summary>Returns the folders of all runs: those in the folder itself and the trials of its sweeps and cross-validations, in the order of their names. A folder
    /// with a config but without a manifest is damaged, and is returned too. A folder whose name begins with a dot is no run.</summary>
    public static IReadOnlyList<string> Folders(string root)
    {
        if (!Directory.Exists(root))
        {
            return [];
        }

        var found = new List<string>();
        foreach (string folder in Entries(root))
        {
            if (IsRun(folder))
            {
                found.Add(folder);
            }
            else if (File.Exists(Path.Combine(folder, "sweep.json")) || File.Exists(Path.Combine(folder, "cv.json")))
            {
                found.AddRange(Entries(Path.Combine(folder, Trials)).Where(IsRun));
            }
        }

        return found;
    }

    /// <summary>Returns the name of the run in a folder.</summary>
    /// <param name="folder">The run's folder.</param>
    public static string Of(string folder)
    {
        ReadOnlySpan<char> path = Path.TrimEndingDirectorySeparator(folder.AsSpan());
        string name = Path.GetFileName(path).ToString();
        ReadOnlySpan<char> above = Path.GetDirectoryName(path);
        return Path.GetFileName(above) is Trials && int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out int number)
            ? string.Create(CultureInfo.InvariantCulture, $"{Path.GetFileName(Path.GetDirectoryName(above))}/{number}")
            : name;
    }

    /// <summary>Returns the names that a text stands for: the name itself, otherwise every name that ends with it.</summary>
    public IReadOnlyList<string> Matching(string text)
    {
        string wanted = WithoutZeros(text);
        return _names.Contains(wanted) ? [wanted] : [.. _byEnd[wanted].Order(StringComparer.Ordinal)];
    }

    /// <summary>Returns the short name of a run.</summary>
    public string Short(string name)
    {
        int least = name.Length > StampedName.Length && name[10] == '_' && name[StampedName.Length - 1] == '_' && char.IsAsciiDigit(name[0]) ? StampedName.Length : 0;
        foreach (int start in Starts(name).Where(s => s <= least).OrderDescending())
        {
            string end = name[start..];
            if (end is not (Latest or Best) && !_names.Contains(end) && _byEnd[end].Take(2).Count() == 1)
            {
                return end;
            }
        }

        return name;
    }

    private static IEnumerable<int> Starts(string name)
    {
        yield return 0;
        int slash = name.IndexOf('/', StringComparison.Ordinal);
        for (int i = 1; i < (slash < 0 ? name.Length : slash); i++)
        {
            if (name[i - 1] is '_' or '-')
            {
                yield return i;
            }
        }
    }

    /// <summary>Returns "sweep/7" for "sweep/0007".</summary>
    private static string WithoutZeros(string text)
    {
        int slash = text.LastIndexOf('/');
        return slash >= 0 && int.TryParse(text.AsSpan(slash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int number)
            ? string.Create(CultureInfo.InvariantCulture, $"{text.AsSpan(0, slash)}/{number}")
            : text;
    }

    private static IEnumerable<string> Entries(string folder)
    {
        try
        {
            return Directory.GetDirectories(folder).Where(f => !Path.GetFileName(f.AsSpan()).StartsWith('.')).Order(StringComparer.Ordinal);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    private static bool IsRun(string folder)
        => File.Exists(Path.Combine(folder, "run.json")) || (File.Exists(Path.Combine(folder, "config.yaml")) && !RunLock.IsHeld(folder));
}
