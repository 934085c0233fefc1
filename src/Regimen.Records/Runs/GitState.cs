namespace Regimen.Runs;

/// <summary>The state of a git checkout.</summary>
/// <param name="Commit">The commit's full hash.</param>
/// <param name="Dirty">Whether files differ from it.</param>
public sealed record GitState(string Commit, bool Dirty)
{
    /// <summary>Reads the state of the checkout that a folder is in; null outside a checkout or without git.</summary>
    public static GitState? Of(string folder) => GitProbe.Read(folder);

    /// <summary>Reads the difference of the files from the commit, at most 1 MB; null if there is none.</summary>
    public static byte[]? PatchOf(string folder) => GitProbe.ReadPatch(folder);
}
