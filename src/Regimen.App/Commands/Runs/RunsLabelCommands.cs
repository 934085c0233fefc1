using System.CommandLine;
using System.Text.Json.Nodes;
using Regimen.App.CommandLine;
using Regimen.App.Hosting;
using Regimen.Runs;

namespace Regimen.App.Commands;

/// <summary>The <c>regimen runs tag</c> and <c>runs note</c> commands.</summary>
internal static class RunsLabelCommands
{
    public static IEnumerable<Command> Build(AppHost host) => [BuildTag(host), BuildNote(host)];

    private static Command BuildTag(AppHost host)
    {
        var shared = new SharedOptions();
        Argument<string[]> words = new("run") { Description = "The runs, then the tags: +good adds a tag, -old removes it.", Arity = ArgumentArity.OneOrMore, HelpName = "RUN… +TAG -TAG" };
        Option<string?> runs = RunArguments.RunsOption();
        var command = new Command("tag", "Add tags to runs, and remove them.") { words, runs };
        shared.AddTo(command);
        command.SetAction(shared.Action(host, parsed =>
        {
            ILookup<char, string> kinds = parsed.GetValue(words)!.ToLookup(w => w is ['+' or '-', ..] ? w[0] : ' ');
            string[] added = [.. kinds['+'].Select(t => t[1..])];
            string[] removed = [.. kinds['-'].Select(t => t[1..])];
            Problem[] problems =
            [
                .. added.Concat(removed).Select(RunLabels.ProblemOf).OfType<Problem>(),
                .. kinds[' '].Any() ? [] : (Problem[])[new Problem("No run is named") { Where = "regimen runs tag", Expected = "RUN… +TAG -TAG" }],
                .. added.Length + removed.Length > 0 ? [] : (Problem[])[new Problem("No tag is named") { Where = "regimen runs tag", Expected = "+TAG to add, -TAG to remove" }],
            ];
            if (problems.Length > 0)
            {
                throw new RequestException(problems);
            }

            return Change(host, parsed.GetValue(shared.Json), kinds[' '], parsed.GetValue(runs), l => l.With(added, removed));
        }));
        return command;
    }

    private static Command BuildNote(AppHost host)
    {
        var shared = new SharedOptions();
        Argument<string> run = new("run") { Description = RunArguments.Words, HelpName = "RUN" };
        Argument<string> text = new("text") { Description = "The note; an empty text removes it.", HelpName = "TEXT" };
        Option<string?> runs = RunArguments.RunsOption();
        var command = new Command("note", "Write a note to a run.") { run, text, runs };
        shared.AddTo(command);
        command.SetAction(shared.Action(host, parsed => Change(host, parsed.GetValue(shared.Json), [parsed.GetValue(run)!], parsed.GetValue(runs), l => l with { Note = parsed.GetValue(text)! })));
        return command;
    }

    /// <summary>Changes the labels of runs. Every run is found and read before the first one is changed.</summary>
    private static int Change(AppHost host, bool json, IEnumerable<string> names, string? runs, Func<RunLabels, RunLabels> change)
    {
        RunFolder[] folders = [.. names.Select(n => RunLookup.Find(host, n, runs)).DistinctBy(f => f.FullPath)];
        (RunFolder Folder, RunLabels Labels)[] changed = [.. folders.Select(f => (f, change(RunLabels.Read(f.FullPath))))];
        foreach ((RunFolder folder, RunLabels labels) in changed)
        {
            labels.Write(folder.FullPath);
        }

        if (json)
        {
            ProblemReport.WriteJson(host, new JsonArray([.. changed.Select(c => new JsonObject
            {
                ["run"] = c.Folder.FullPath,
                ["tags"] = new JsonArray([.. c.Labels.Tags.Select(t => JsonValue.Create(t))]),
                ["note"] = c.Labels.Note,
            })]));
            return ExitCodes.Done;
        }

        foreach ((RunFolder folder, RunLabels labels) in changed)
        {
            string[] parts = [.. labels.Tags.Count > 0 ? [$"tags {string.Join(", ", labels.Tags)}"] : (string[])[], .. labels.Note.Length > 0 ? [$"note: {labels.Note}"] : (string[])[]];
            host.Out.WriteLine($"{RunNames.Of(folder.FullPath)}: {(parts.Length == 0 ? "no tags, no note" : string.Join("; ", parts))}");
        }

        return ExitCodes.Done;
    }
}
