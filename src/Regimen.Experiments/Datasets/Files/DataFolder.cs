namespace Regimen.Datasets;

/// <summary>The folder that a data set is read from.</summary>
internal static class DataFolder
{
    /// <summary>Its absolute path.</summary>
    /// <param name="root">The folder, from the working directory where it is not absolute.</param>
    /// <param name="hint">What to do where there is none.</param>
    /// <exception cref="RequestException">It is not there, or a file.</exception>
    public static string Require(string root, string hint)
    {
        string folder = Path.GetFullPath(root);
        return Directory.Exists(folder) ? folder : throw new RequestException(
            new Problem(File.Exists(folder) ? "The data folder is a file" : "There is no such data folder")
            {
                Where = root,
                Expected = $"a folder at {folder}",
                Received = $"the working directory {Directory.GetCurrentDirectory()}",
                Hint = hint,
            });
    }
}
