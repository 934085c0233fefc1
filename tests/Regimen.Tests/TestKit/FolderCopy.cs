namespace Regimen.Tests.TestKit;

/// <summary>Copies folders.</summary>
internal static class FolderCopy
{
    /// <summary>Copies a folder with everything in it.</summary>
    public static void Make(string from, string to)
    {
        foreach (string file in Directory.GetFiles(from, "*", SearchOption.AllDirectories).Where(f => Path.GetFileName(f) != ".lock"))
        {
            string target = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }
    }
}
