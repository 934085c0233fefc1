using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Regimen.App.Hosting;
using Regimen.App.Screen;
using Spectre.Console;

namespace Regimen.App.CommandLine;

/// <summary>Runs a command's work and tells what went wrong: one to three lines a problem on standard error, or the same as JSON on
/// standard output. Never a stack trace, unless asked for.</summary>
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
#pragma warning disable CA1031 // The outermost place: whatever was not foreseen ends in a sentence and an exit code.
        catch (Exception exception)
        {
            string firstLine = exception.Message.Split('\n')[0].TrimEnd();
            var problem = new Problem($"{firstLine} ({exception.GetType().Name})") { Hint = debug ? null : "--debug shows where it came from." };
            return Tell(host, [problem], json, debug ? exception : null, ExitCodes.Failed);
        }
#pragma warning restore CA1031
    }

    /// <summary>Writes one JSON document; numbers that JSON has no word for must be null already.</summary>
    public static void WriteJson(AppHost host, JsonNode document) => host.Out.WriteLine(ToText(document));

    /// <summary>A document as it is printed.</summary>
    public static string ToText(JsonNode document) => document.ToJsonString(Indented);

    /// <summary>A problem for JSON.</summary>
    public static JsonObject Document(Problem problem) => new()
    {
        ["message"] = problem.Message,
        ["where"] = problem.Where,
        ["expected"] = problem.Expected,
        ["received"] = problem.Received,
        ["hint"] = problem.Hint,
    };

    /// <summary>A number for JSON: null where it is not finite.</summary>
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

    /// <summary>Writes problems as the document that was asked for; false where the output can't be written, which may be the problem.</summary>
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
