using System.ComponentModel;
using System.Diagnostics;

namespace Regimen.Tests.TestKit;

/// <summary>Runs scripts in Node.js with a package that .ci/run installs to .ci/npm.</summary>
internal static class NodeModule
{
    /// <summary>Runs a script with a module's folder as its first argument, and returns its output. Skips the test, with the reason, if Node.js or the
    /// module is missing.</summary>
    public static string Run(string module, string script, params string[] arguments)
    {
        string folder = Path.Combine(Repository.Root, ".ci", "npm", "node_modules", module);
        Assert.SkipUnless(Directory.Exists(folder), $"the npm package {module} is not installed (.ci/run installs it)");
        using var process = new Process
        {
            StartInfo = new ProcessStartInfo("node", ["-e", script, folder, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true },
        };
        try
        {
            process.Start();
        }
        catch (Win32Exception exception)
        {
            Assert.Skip($"node: {exception.Message}");
        }

        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, errors.GetAwaiter().GetResult());
        return output;
    }
}
