using System.ComponentModel;
using System.Diagnostics;
using System.Text;

namespace Regimen.Runs;

/// <summary>Reads the state of the git checkout that a run starts from, by calling git.</summary>
internal static class GitProbe
{
    private const int LargestPatch = 1_000_000;

    /// <summary>Reads the commit and whether files differ from it; null outside a checkout or without git.</summary>
    public static GitState? Read(string folder)
    {
        string? commit = Run(folder, "rev-parse", "HEAD");
        return commit is null ? null : new GitState(commit.Trim(), Run(folder, "status", "--porcelain")?.Length > 0);
    }

    /// <summary>Reads how the files differ from the commit, at most 1 MB: the names of untracked files, then the diff. Null if nothing differs,
    /// outside a checkout, or without git.</summary>
    public static byte[]? ReadPatch(string folder)
    {
        string? diff = Run(folder, "diff", "--no-ext-diff", "--no-color", "--binary", "HEAD");
        string? untracked = Run(folder, "ls-files", "--others", "--exclude-standard", "--full-name", ":/");
        if (diff is null || (diff.Length == 0 && string.IsNullOrEmpty(untracked)))
        {
            return null;
        }

        string names = string.Concat((untracked ?? string.Empty).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(name => $"# not in git: {name}\n"));
        byte[] patch = Encoding.UTF8.GetBytes(names + diff);
        const string cut = "\n# cut off at 1 MB\n";
        return patch.Length <= LargestPatch ? patch : [.. patch.AsSpan(0, LargestPatch - cut.Length), .. Encoding.UTF8.GetBytes(cut)];
    }

    private static string? Run(string folder, params string[] arguments)
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
            // Git is not installed: the run is recorded without it.
            return null;
        }
    }
}
