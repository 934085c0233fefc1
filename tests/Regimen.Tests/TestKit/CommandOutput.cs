using System.Text.Json.Nodes;

namespace Regimen.Tests.TestKit;

/// <summary>The result of a command: its exit code and its output.</summary>
internal sealed record CommandOutput(int ExitCode, string Out, string Error)
{
    /// <summary>Standard output, parsed as one JSON document.</summary>
    public JsonNode Json => JsonNode.Parse(Out)!;

    /// <summary>The lines of standard output.</summary>
    public string[] Lines => Out.TrimEnd('\n').Split('\n');

    /// <summary>Asserts the exit code and returns this result.</summary>
    public CommandOutput Ends(int exitCode)
    {
        Assert.True(ExitCode == exitCode, $"exit code {ExitCode}, expected {exitCode}\n--- standard output\n{Out}\n--- standard error\n{Error}");
        return this;
    }
}
