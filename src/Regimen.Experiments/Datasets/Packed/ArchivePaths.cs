using System.Globalization;
using System.IO.Enumeration;
using Regimen.Files;

namespace Regimen.Datasets;

/// <summary>Finds archives by a path: a file, a folder, a pattern with * or ?, or names with {000..146} or {a,b} in the last part of the path.</summary>
/// <param name="extension">The extension of the archives in a folder: <c>.tar</c>.</param>
internal sealed class ArchivePaths(string extension)
{
    private const int MostFiles = 100_000;
    private static readonly string[] Compressed = [".gz", ".tgz", ".zst", ".bz2", ".xz", ".lz4"];

    /// <summary>Returns the files of a path: those of a folder or a pattern in ordinal order of their names, the others in the order that is written.</summary>
    /// <param name="key">The key of the path.</param>
    /// <param name="path">The path.</param>
    /// <exception cref="RequestException">There is none, or some are missing, twice or compressed; the exception lists them.</exception>
    public IReadOnlyList<string> Find(string key, string path)
    {
        string[] files = File.Exists(path) ? [path] : Directory.Exists(path) ? InFolder(path) : [.. Expand(key, path).SelectMany(Matching)];
        List<Problem> problems = [];
        foreach (string file in files)
        {
            if (Compressed.Contains(Path.GetExtension(file), StringComparer.OrdinalIgnoreCase))
            {
                problems.Add(CompressedFile(file));
            }
            else
            {
                try
                {
                    InputFile.RequireRegular(file);
                    InputFile.OpenRegular(file).Dispose();
                }
                catch (RequestException refusal)
                {
                    problems.AddRange(refusal.Problems);
                }
            }
        }

        problems.AddRange(files.GroupBy(f => f, StringComparer.Ordinal).Where(g => g.Count() > 1).Select(g => new Problem("The file is named twice") { Where = key, Received = g.Key }));
        if (files.Length == 0)
        {
            problems.Add(new Problem($"No file is found") { Where = key, Expected = $"a file, a folder with {extension} files, a pattern such as train-*{extension}, or a range such as train-{{000..146}}{extension}", Received = path });
        }

        ProblemList.ThrowIfAny(problems);
        return files;
    }

    /// <summary>The problem of an archive that is compressed: its images can't be read by their positions.</summary>
    public static Problem CompressedFile(string file) => new("The shard is compressed, so its images can't be read one by one")
    {
        Where = file,
        Expected = "a .tar file",
        Hint = "Decompress it once (gunzip, unzstd …). Its images are compressed themselves, so the decompressed file has nearly the same size.",
    };

    private string[] InFolder(string folder)
        => [.. Names(folder).Where(f => f.EndsWith(extension, StringComparison.OrdinalIgnoreCase)
            || Compressed.Any(c => f.EndsWith(extension + c, StringComparison.OrdinalIgnoreCase) || (c == ".tgz" && extension == ".tar" && f.EndsWith(c, StringComparison.OrdinalIgnoreCase))))];

    private static string[] Matching(string path)
    {
        if (!Path.GetFileName(path.AsSpan()).ContainsAny('*', '?'))
        {
            return [path];
        }

        string folder = Path.GetDirectoryName(path) is { Length: > 0 } parent ? parent : ".";
        string pattern = Path.GetFileName(path);
        return Directory.Exists(folder) ? [.. Names(folder).Where(f => FileSystemName.MatchesSimpleExpression(pattern, Path.GetFileName(f), ignoreCase: false))] : [];
    }

    private static string[] Names(string folder)
    {
        try
        {
            return [.. Directory.GetFiles(folder).Where(f => !Path.GetFileName(f).StartsWith('.')).Order(StringComparer.Ordinal)];
        }
        catch (Exception exception) when (OutputFile.IsFault(exception))
        {
            throw new RequestException(new Problem($"Unable to read the folder: {exception.Message}") { Where = folder }, exception);
        }
    }

    /// <summary>Expands the braces in the last part of a path, the first ones varying slowest.</summary>
    private static List<string> Expand(string key, string path)
    {
        string name = Path.GetFileName(path);
        List<string> expanded = [path[..^name.Length]];
        for (int at = 0; at < name.Length;)
        {
            int open = name.IndexOf('{', at);
            int close = open < 0 ? -1 : name.IndexOf('}', open);
            string plain = open < 0 ? name[at..] : name[at..open];
            if (open >= 0 && close < 0)
            {
                throw Malformed(key, name[open..]);
            }

            string[] options = open < 0 ? [string.Empty] : Options(key, name[(open + 1)..close]);
            if ((long)expanded.Count * options.Length > MostFiles)
            {
                throw new RequestException(new Problem("The path names too many files") { Where = key, Expected = string.Create(CultureInfo.InvariantCulture, $"at most {MostFiles} files"), Received = path });
            }

            expanded = [.. expanded.SelectMany(e => options.Select(o => e + plain + o))];
            at = open < 0 ? name.Length : close + 1;
        }

        return expanded;
    }

    private static string[] Options(string key, string inside)
    {
        string[] ends = inside.Split("..");
        if (ends.Length == 1)
        {
            return inside.Contains(',', StringComparison.Ordinal) ? inside.Split(',') : throw Malformed(key, $"{{{inside}}}");
        }

        bool areNumbers = ends.Length == 2 && ends.All(e => e.Length is > 0 and < 10 && e.All(char.IsAsciiDigit));
        int first = areNumbers ? int.Parse(ends[0], CultureInfo.InvariantCulture) : 0;
        int last = areNumbers ? int.Parse(ends[1], CultureInfo.InvariantCulture) : -1;
        if (last < first || last - first >= MostFiles)
        {
            throw Malformed(key, $"{{{inside}}}");
        }

        bool isPadded = ends.Any(e => e.Length > 1 && e[0] == '0');
        string format = isPadded ? $"D{ends.Max(e => e.Length)}" : "D";
        return [.. Enumerable.Range(first, last - first + 1).Select(i => i.ToString(format, CultureInfo.InvariantCulture))];
    }

    private static RequestException Malformed(string key, string braces) => new(new Problem("The range in the path is not valid")
    {
        Where = key,
        Expected = string.Create(CultureInfo.InvariantCulture, $"{{000..146}}, from a number to a larger one with fewer than {MostFiles} numbers, or {{a,b}}"),
        Received = braces,
    });
}
