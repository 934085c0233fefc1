using System.ComponentModel;
using System.Diagnostics;
using System.Text;

namespace Regimen.Runs;

/// <summary>Asks git about the folder a run starts from.</summary>
internal static class GitProbe
{
    private const int LargestPatch = 1_000_000;

    /// <summary>The commit and whether files differ from it; null outside a checkout or without git.</summary>
    public static GitState? Read(string folder)
    {
        string? commit = Ask(folder, "rev-parse", "HEAD");
        return commit is null ? null : new GitState(commit.Trim(), Ask(folder, "status", "--porcelain")?.Length > 0);
    }

    /// <summary>How the files differ from the commit, at most a megabyte: the names of files that git does not know, then the diff. Null
    /// where nothing differs, outside a checkout, or without git.</summary>
    public static byte[]? ReadPatch(string folder)
    {
        string? diff = Ask(folder, "diff", "--no-ext-diff", "--no-color", "--binary", "HEAD");
        string? unknown = Ask(folder, "ls-files", "--others", "--exclude-standard", "--full-name", ":/");
        if (diff is null || (diff.Length == 0 && string.IsNullOrEmpty(unknown)))
        {
            return null;
        }

        string names = string.Concat((unknown ?? string.Empty).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(name => $"# not in git: {name}\n"));
        byte[] patch = Encoding.UTF8.GetBytes(names + diff);
        const string cut = "\n# cut off at 1 MB\n";
        return patch.Length <= LargestPatch ? patch : [.. patch.AsSpan(0, LargestPatch - cut.Length), .. Encoding.UTF8.GetBytes(cut)];
    }

    private static string? Ask(string folder, params string[] arguments)
    {
        try
        {
            using var git = new Process
            {
                StartInfo = new ProcessStartInfo("git", arguments)
                {
                    WorkingDirectory = folder,
                    RedirectStandardOutput = true,
                    RedirectStandardError = true,
                    StandardOutputEncoding = Encoding.UTF8,
                },
            };
            git.Start();
            git.ErrorDataReceived += static (_, _) => { };
            git.BeginErrorReadLine();
            string output = git.StandardOutput.ReadToEnd();
            git.WaitForExit();
            return git.ExitCode == 0 ? output : null;
        }
        catch (Exception exception) when (exception is Win32Exception or InvalidOperationException or IOException)
        {
            // No git on this machine: a run is recorded without it.
            return null;
        }
    }
}
