using System.Text.Json;
using System.Text.Json.Nodes;

namespace Regimen.Sweeps;

/// <summary>What the process of a trial says: its exit code, and what it printed.</summary>
internal static class TrialOutput
{
    private const int ExitInterrupted = 130;
    private const int ExitTerminated = 143;
    private const int ExitOfSignals = 128;

    /// <summary>Whether an exit code is that of a process that was killed, and did not stop itself with a checkpoint.</summary>
    public static bool IsKilled(int exit) => exit is < 0 or > ExitOfSignals && exit is not (ExitInterrupted or ExitTerminated);

    /// <summary>Returns the first problem of the document that <c>--json</c> printed; null if there is none.</summary>
    public static string? Message(string output)
    {
        try
        {
            JsonNode? first = JsonNode.Parse(output)?["errors"]?[0];
            string? where = (string?)first?["where"];
            return (string?)first?["message"] is { } message ? where is null ? message : $"{where}: {message}" : null;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or ArgumentOutOfRangeException)
        {
            return null;
        }
    }

    /// <summary>Returns the last line that is not empty; null if there is none.</summary>
    public static string? LastLine(string errors) => errors.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).LastOrDefault();
}
