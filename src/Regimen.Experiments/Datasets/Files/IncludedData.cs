namespace Regimen.Datasets;

/// <summary>The data sets that lie beside the program: MNIST and a text, in the installed tool.</summary>
internal static class IncludedData
{
    /// <summary>Returns the path to read: the given one, or, if nothing exists there and it is relative, the same path beside the program.</summary>
    /// <param name="path">A file or folder, absolute or relative to the working directory.</param>
    public static string Find(string path) => Find(path, Directory.GetCurrentDirectory(), AppContext.BaseDirectory);

    /// <summary>The same for any two folders.</summary>
    internal static string Find(string path, string workingDirectory, string programFolder)
    {
        if (Path.IsPathRooted(path) || Path.Exists(Path.GetFullPath(path, workingDirectory)))
        {
            return path;
        }

        string included = Path.GetFullPath(path, programFolder);
        return Path.Exists(included) ? included : path;
    }
}
