namespace Regimen.Datasets;

/// <summary>A file that a data set's publishers offer, as they offer it.</summary>
/// <param name="Name">The name it has in the data set's folder.</param>
/// <param name="Address">Where it can be fetched.</param>
/// <param name="Md5">Its checksum as the publishers give it: 32 hex digits, lower case. It tells a damaged file, not a forged one.</param>
public sealed record PublicFile(string Name, Uri Address, string Md5)
{
    /// <summary>Files that lie in one folder of a server.</summary>
    internal static IReadOnlyList<PublicFile> In(string folder, params ReadOnlySpan<(string Name, string Md5)> files)
    {
        var list = new PublicFile[files.Length];
        for (int i = 0; i < files.Length; i++)
        {
            list[i] = new(files[i].Name, new Uri(folder + files[i].Name), files[i].Md5);
        }

        return list;
    }
}
