using System.Globalization;
using System.Text.Json.Nodes;
using Regimen.App.Screen;
using Regimen.Runs;

namespace Regimen.App.Commands;

/// <summary>Formats the record of one run, as text and as JSON.</summary>
internal static class RunDetails
{
    /// <summary>Returns the contents of run.json with the folder, the rows of its metrics and its checkpoints.</summary>
    public static JsonObject Document(ListedRun run)
    {
        JsonObject document = run.Document();
        document["metrics"] = new JsonArray([.. Rows(run)]);
        document["checkpoints"] = new JsonArray([.. Checkpoints(run).Checkpoints.Select(c => JsonValue.Create(c.Name))]);
        return document;
    }

    public static void Write(Page page, ListedRun run)
    {
        // Everything that may be damaged is read before the first line is written.
        IReadOnlyList<Pass> passes = File.Exists(run.Folder.MetricsFile) ? MetricsFile.ReadPasses(run.Folder.MetricsFile) : [];
        CheckpointIndex index = Checkpoints(run);
        string config = ConfigText(run);
        RunManifest manifest = run.Manifest;
        RunVersions versions = manifest.Versions;
        string git = manifest.Git is { } state ? $"{state.Commit}{(state.Dirty ? ", with uncommitted changes" : string.Empty)}" : "not a git repository";
        (string Name, string? Value)[] facts =
        [
            ("run", run.Folder.FullPath),
            ("status", Status(run)),
            ("error", manifest.Error),
            ("started", Time(manifest.Started)),
            ("ended", manifest.Ended is { } ended ? Time(ended) : null),
            ("time", manifest.Seconds is { } seconds ? EpochLine.Duration(seconds) : null),
            .. manifest.Resumed.Select(r => ("resumed", (string?)$"{Time(r.Time)} {r}")),
            ("seed", $"{manifest.Seed}"),
            ("device", $"{manifest.Device}, {manifest.Threads} thread(s)"),
            ("versions", $"Regimen {versions.Regimen}, TorchSharp {versions.TorchSharp}, libtorch {versions.Libtorch}, .NET {versions.Dotnet}"),
            ("machine", $"{versions.Os}, {versions.Cpu} ({versions.InstructionSet})"),
            ("git", git),
            ("data", $"{manifest.Data}, fingerprint {manifest.DataFingerprint ?? "not computed yet"}"),
            ("model", string.Create(CultureInfo.InvariantCulture, $"{manifest.Model}, {manifest.Parameters:#,0} parameters")),
            ("positive", manifest.PositiveClass is { } positive ? $"class '{positive}'" : null),
            ("weights", manifest.WeightsDigest),
            ("best", manifest.BestStep is { } step ? $"epoch {manifest.BestEpoch}, step {step}" : null),
            ("val", Values(manifest.Val)),
            ("test", Values(manifest.Test)),
        ];
        foreach ((string name, string? value) in facts.Where(f => f.Value is not null))
        {
            page.Line($"{name,-9} {value}", 9, Page.LabelStyle);
        }

        page.Line();
        page.Text(config);
        WritePasses(page, passes);
        page.Line();
        page.Line(index.Checkpoints.Count == 0
            ? "no checkpoint yet"
            : $"checkpoints: {string.Join(", ", index.Checkpoints.Select(c => c.Name + (c.Name == index.Best ? " (best)" : string.Empty)))}");
        page.Line($"log: {run.Folder.LogFile}");
    }

    private static string Status(ListedRun run) => run.Status == ListedRun.Killed
        ? $"killed: the record says running, but no process holds the run's lock; regimen resume {ShellText.Word(run.Folder.Name)} continues it"
        : run.Manifest.Reason is { } reason ? $"{run.Status}: {reason}" : run.Status;

    private static void WritePasses(Page page, IReadOnlyList<Pass> passes)
    {
        if (passes.Count == 0)
        {
            return;
        }

        string[] values = [.. passes.SelectMany(Values).Select(v => v.Key).Distinct()];
        page.Line();
        TextTable.Write(
            page,
            [new("split"), new("epoch", IsNumber: true), new("step", IsNumber: true), .. values.Select(v => new Column(v, IsNumber: true)), new("seconds", IsNumber: true)],
            passes.Select(pass =>
            {
                Dictionary<string, double> of = Values(pass).ToDictionary();
                return (Cell[])
                [
                    pass.Split, $"{pass.At.Epoch}", $"{pass.At.Step}", .. values.Select(v => new Cell(of.TryGetValue(v, out double value) ? DisplayText.Number(value) : DisplayText.None)), DisplayText.Number(pass.Seconds),
                ];
            }));

        static IEnumerable<KeyValuePair<string, double>> Values(Pass pass) => pass.Lr is { } lr ? pass.Values.Append(new("lr", lr)) : pass.Values;
    }

    private static IReadOnlyList<JsonObject> Rows(ListedRun run)
    {
        if (!File.Exists(run.Folder.MetricsFile))
        {
            return [];
        }

        _ = MetricsFile.ReadPasses(run.Folder.MetricsFile);
        return MetricsFile.ReadAll(run.Folder.MetricsFile);
    }

    private static string ConfigText(ListedRun run)
    {
        try
        {
            return File.ReadAllText(run.Folder.ConfigFile).TrimEnd();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new RequestException(new Problem($"Unable to read the file: {exception.Message}") { Where = run.Folder.ConfigFile }, exception);
        }
    }

    private static CheckpointIndex Checkpoints(ListedRun run) => new CheckpointStore(run.Folder.CheckpointsFolder).Index;

    private static string? Values(IReadOnlyDictionary<string, double?>? values)
        => values is null ? null : string.Join(", ", values.Select(v => $"{v.Key} {(v.Value is { } value ? DisplayText.Number(value) : "not finite")}"));

    private static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
