using System.IO.Enumeration;
using Regimen.Files;

namespace Regimen.Datasets;

/// <summary>The Parquet or Arrow files of a table.</summary>
internal static class TableFiles
{
    private static readonly string[] ArrowEndings = [".arrow", ".feather", ".ipc"];

    /// <summary>Whether files are Arrow's.</summary>
    public static bool AreArrow(IReadOnlyList<string> files) => ArrowEndings.Contains(Path.GetExtension(files[0]).ToLowerInvariant());

    /// <summary>Finds the files of a path, in ordinal order of their names, so that the rows have the same order everywhere.</summary>
    /// <param name="key">The key of the path.</param>
    /// <param name="path">A file, or a pattern whose last part has <c>*</c> or <c>?</c>.</param>
    /// <exception cref="RequestException">There is none, or Parquet and Arrow files are mixed.</exception>
    public static IReadOnlyList<string> Find(string key, string path)
    {
        string[] files = path.AsSpan().ContainsAny('*', '?') ? Matching(path) : [path];
        foreach (string file in files)
        {
            InputFile.RequireRegular(file);
            InputFile.Open(file).Dispose();
        }

        return files.Length == 0
            ? throw new RequestException(new Problem("No file matches the pattern") { Where = key, Expected = "at least one file", Received = path })
            : files.Select(f => AreArrow([f])).Distinct().Count() > 1
                ? throw new RequestException(new Problem("The pattern matches Parquet and Arrow files") { Where = key, Expected = "files of one kind", Received = path })
                : files;
    }

    /// <summary>Returns the table in files.</summary>
    public static ITableSource Source(string path, IReadOnlyList<string> files) => AreArrow(files) ? new ArrowSource(files) : Query(path, files, memoryLimit: null);

    /// <summary>Returns the rows of Parquet files as a query of DuckDB, which keeps the order of files and rows.</summary>
    public static QuerySource Query(string path, IReadOnlyList<string> files, string? memoryLimit)
        => new(path, () => DuckDatabase.Open(null, ".", memoryLimit), $"SELECT * FROM read_parquet([{string.Join(", ", files.Select(f => SqlText.Text(Escape(Path.GetFullPath(f)))))}])", [], TimeSpan.FromDays(1));

    private static string[] Matching(string path)
    {
        string folder = Path.GetDirectoryName(path) is { Length: > 0 } parent ? parent : ".";
        string pattern = Path.GetFileName(path);
        return Directory.Exists(folder)
            ? [.. Directory.GetFiles(folder).Where(f => FileSystemName.MatchesSimpleExpression(pattern, Path.GetFileName(f), ignoreCase: false)).Order(StringComparer.Ordinal)]
            : [];
    }

    /// <summary>Characters of a file's name that DuckDB takes for a pattern match themselves.</summary>
    public static string Escape(string file) => string.Concat(file.Select(c => c is '*' or '?' or '[' ? $"[{c}]" : c.ToString()));
}
