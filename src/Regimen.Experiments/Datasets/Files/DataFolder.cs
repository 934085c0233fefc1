namespace Regimen.Datasets;

/// <summary>Checks the folder that a data set is read from.</summary>
internal static class DataFolder
{
    /// <summary>Returns the absolute path of the folder.</summary>
    /// <param name="root">The folder, absolute or relative to the working directory.</param>
    /// <param name="hint">The hint of the message if the folder does not exist.</param>
    /// <exception cref="RequestException">The folder does not exist or is a file.</exception>
    public static string Require(string root, string hint)
    {
        string folder = Path.GetFullPath(root);
        return Directory.Exists(folder) ? folder : throw new RequestException(
            new Problem(File.Exists(folder) ? "The data folder is a file" : "The data folder does not exist")
            {
                Where = root,
                Expected = $"a folder at {folder}",
                Received = $"the working directory {Directory.GetCurrentDirectory()}",
                Hint = hint,
            });
    }
}
