using System.Text.Json.Nodes;

namespace Regimen.Tests.TestKit;

/// <summary>What a command left: its exit code and all that it wrote.</summary>
internal sealed record CommandOutput(int ExitCode, string Out, string Error)
{
    /// <summary>Standard output as the one JSON document that it must be.</summary>
    public JsonNode Json => JsonNode.Parse(Out)!;

    /// <summary>The lines of standard output.</summary>
    public string[] Lines => Out.TrimEnd('\n').Split('\n');

    /// <summary>The same, where the exit code is as expected.</summary>
    public CommandOutput Ends(int exitCode)
    {
        Assert.True(ExitCode == exitCode, $"exit code {ExitCode}, expected {exitCode}\n--- standard output\n{Out}\n--- standard error\n{Error}");
        return this;
    }
}
