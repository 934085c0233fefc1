using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Regimen.App.Hosting;
using Regimen.App.Screen;
using Spectre.Console;

namespace Regimen.App.CommandLine;

/// <summary>Runs a command and reports its problems: one to three lines each on standard error, or JSON on standard output. A stack trace is
/// printed only on request.</summary>
internal static class ProblemReport
{
    private static readonly Style ErrorStyle = new(Color.Red);
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static int Guard(AppHost host, bool json, bool debug, Func<int> work)
    {
        try
        {
            return work();
        }
        catch (RequestException exception)
        {
            return Tell(host, exception.Problems, json, debug ? exception : null, ExitCodes.WrongRequest);
        }
        catch (WorkFailedException exception)
        {
            return Tell(host, [exception.Problem], json, debug ? exception : null, ExitCodes.Failed);
        }
#pragma warning disable CA1031 // The outermost handler: an unexpected exception is reported as a message and an exit code.
        catch (Exception exception)
        {
            string firstLine = exception.Message.Split('\n')[0].TrimEnd();
            var problem = new Problem($"{firstLine} ({exception.GetType().Name})") { Hint = debug ? null : "Use --debug for the stack trace." };
            return Tell(host, [problem], json, debug ? exception : null, ExitCodes.Failed);
        }
#pragma warning restore CA1031
    }

    /// <summary>Writes one JSON document. Numbers that are not finite must be null in it.</summary>
    public static void WriteJson(AppHost host, JsonNode document) => host.Out.WriteLine(ToText(document));

    /// <summary>Formats a document as it is printed.</summary>
    public static string ToText(JsonNode document) => document.ToJsonString(Indented);

    /// <summary>Converts a problem to JSON.</summary>
    public static JsonObject Document(Problem problem) => new()
    {
        ["message"] = problem.Message,
        ["where"] = problem.Where,
        ["expected"] = problem.Expected,
        ["received"] = problem.Received,
        ["hint"] = problem.Hint,
    };

    /// <summary>Converts a number to JSON: null if it is not finite.</summary>
    public static JsonNode? Number(double? value) => value is { } number && double.IsFinite(number) ? JsonValue.Create(number) : null;

    public static int Tell(AppHost host, IReadOnlyList<Problem> problems, bool json, Exception? details, int exitCode)
    {
        if (!json || !TryWriteJson(host, problems))
        {
            Page page = Page.OfErrors(host);
            foreach (Problem problem in problems)
            {
                string[] lines = problem.ToString().Split('\n');
                page.Line($"error: {lines[0]}", "error:".Length, ErrorStyle);
                foreach (string line in lines.Skip(1))
                {
                    page.Line(line);
                }
            }
        }

        if (details is not null)
        {
            host.Error.WriteLine(details);
        }

        return exitCode;
    }

    /// <summary>Writes problems as JSON; false if standard output can't be written, which may itself be the problem.</summary>
    private static bool TryWriteJson(AppHost host, IReadOnlyList<Problem> problems)
    {
        try
        {
            WriteJson(host, new JsonObject { ["errors"] = new JsonArray([.. problems.Select(Document)]) });
            return true;
        }
        catch (WorkFailedException)
        {
            return false;
        }
    }
}
