using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Regimen.App.CommandLine;
using Regimen.App.Hosting;
using Regimen.App.Screen;
using Regimen.Listing;

namespace Regimen.App.Commands;

/// <summary>The <c>regimen runs prune</c> command. It shows what it would remove; only <c>--apply</c> removes.</summary>
internal static class RunsPruneCommand
{
    public static Command Build(AppHost host)
    {
        var shared = new SharedOptions();
        Argument<string[]> filter = RunsCommand.FilterArgument();
        Option<bool> apply = new("--apply", "--yes") { Description = "Remove the runs. Without it, they are only listed." };
        Option<bool> tagged = new("--tagged") { Description = "Also remove runs with tags." };
        Option<string?> runs = RunArguments.RunsOption();
        var command = new Command("prune", "List runs that a filter chooses, and remove them with --apply.") { filter, apply, tagged, runs };
        shared.AddTo(command);
        command.SetAction(shared.Action(host, parsed =>
        {
            string[] expressions = parsed.GetValue(filter)!;
            if (expressions.Length == 0)
            {
                throw new RequestException(new Problem("Nothing says which runs to remove") { Where = "regimen runs prune", Expected = "at least one filter, as status=failed", Hint = "'name~' chooses every run." });
            }

            var list = RunList.Read(RunArguments.RunsRoot(host, parsed.GetValue(runs)));
            (RunRow Row, string? Kept)[] chosen = [.. RunsCommand.Chosen(command, expressions, list).Select(r => (r, RunPruning.WhyKept(r, list.Root, parsed.GetValue(tagged))))];
            long[] sizes = [.. chosen.Select(c => c.Kept is null ? RunPruning.SizeOf(c.Row.Folder) : 0)];
            bool isApplied = parsed.GetValue(apply);
            if (isApplied)
            {
                foreach ((RunRow row, _) in chosen.Where(c => c.Kept is null))
                {
                    RunPruning.Remove(row.Folder);
                }

                RunPruning.RemoveLeftovers(list.Root);
            }

            if (parsed.GetValue(shared.Json))
            {
                ProblemReport.WriteJson(host, Document(chosen, sizes, isApplied));
            }
            else
            {
                Write(Page.Of(host), chosen, sizes, isApplied);
            }

            return ExitCodes.Done;
        }));
        return command;
    }

    private static JsonArray Document((RunRow Row, string? Kept)[] chosen, long[] sizes, bool isApplied) => new([.. chosen.Select((c, i) => new JsonObject
    {
        ["run"] = c.Row.Folder,
        ["status"] = c.Row.Status,
        ["kept"] = c.Kept,
        ["removed"] = isApplied && c.Kept is null,
        ["bytes"] = sizes[i],
    })]);

    private static void Write(Page page, (RunRow Row, string? Kept)[] chosen, long[] sizes, bool isApplied)
    {
        if (chosen.Length == 0)
        {
            page.Line("No run satisfies the filter.");
            return;
        }

        TextTable.Write(
            page,
            [new("run"), new("status"), new("size", IsNumber: true), new("action")],
            chosen.Select((c, i) => (Cell[])[c.Row.Name, RunTable.StatusCell(c.Row), c.Kept is null ? Size(sizes[i]) : DisplayText.None, c.Kept is { } kept ? $"kept: {kept}" : isApplied ? "removed" : "would be removed"]));
        int count = chosen.Count(c => c.Kept is null);
        page.Line($"{count} run(s), {Size(sizes.Sum())}{(isApplied ? " removed." : ". Nothing was removed; --apply removes them.")}");
    }

    private static string Size(long bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e6:0.0} MB");
}
