using System.ComponentModel;
using System.Diagnostics;

namespace Regimen.Runs;

/// <summary>Asks git about the folder a run starts from.</summary>
internal static class GitProbe
{
    /// <summary>The commit and whether files differ from it; null outside a checkout or without git.</summary>
    public static GitState? Read(string folder)
    {
        string? commit = Ask(folder, "rev-parse", "HEAD");
        return commit is null ? null : new GitState(commit.Trim(), Ask(folder, "status", "--porcelain")?.Length > 0);
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
