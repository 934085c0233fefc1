using System.Globalization;
using System.Text.Json.Nodes;
using Regimen.App.Screen;
using Regimen.Listing;
using Regimen.Runs;

namespace Regimen.App.Commands;

/// <summary>Formats the record of one run, as text and as JSON.</summary>
/// <param name="folder">The run's folder.</param>
/// <param name="manifest">The run's manifest.</param>
/// <param name="row">The run as a row of the list.</param>
internal sealed class RunDetails(RunFolder folder, RunManifest manifest, RunRow row)
{
    /// <summary>Returns the contents of run.json with the folder, the rows of its metrics and its checkpoints.</summary>
    public JsonObject Document()
    {
        JsonObject document = RunDocument.Of(row);
        document["metrics"] = new JsonArray([.. Rows()]);
        document["checkpoints"] = new JsonArray([.. Checkpoints().Checkpoints.Select(c => JsonValue.Create(c.Name))]);
        return document;
    }

    public void Write(Page page)
    {
        // Everything that may be damaged is read before the first line is written.
        IReadOnlyList<Pass> passes = File.Exists(folder.MetricsFile) ? MetricsFile.ReadPasses(folder.MetricsFile) : [];
        CheckpointIndex index = Checkpoints();
        string config = ConfigText();
        RunVersions versions = manifest.Versions;
        string git = manifest.Git is { } state ? $"{state.Commit}{(state.Dirty ? ", with uncommitted changes" : string.Empty)}" : "not a git repository";
        (string Name, string? Value)[] facts =
        [
            ("run", folder.FullPath),
            ("status", Status()),
            ("error", manifest.Error),
            ("progress", row.IsComplete ? null : Progress()),
            ("sweep", row.Sweep is { } sweep ? $"{sweep}, trial {row.Trial}" : null),
            ("tags", row.Tags.Count == 0 ? null : string.Join(", ", row.Tags)),
            ("note", row.Note.Length == 0 ? null : row.Note),
            ("started", Time(manifest.Started)),
            ("ended", manifest.Ended is { } ended ? Time(ended) : null),
            ("time", manifest.Seconds is { } seconds ? EpochLine.Duration(seconds) : null),
            ("fork of", manifest.Fork?.ToString()),
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
            ("best", manifest.BestStep is { } step ? $"epoch {manifest.BestEpoch}, step {step}{(row.Best is { } best ? $", {row.Monitor} {DisplayText.Number(best)}" : string.Empty)}" : null),
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
        page.Line($"log: {folder.LogFile}");
    }

    private string Status() => row.Status == RunRow.Killed
        ? $"killed: the record says running, but no process holds the run's lock; regimen resume {ShellText.Word(row.Sweep is null ? folder.Name : folder.FullPath)} continues it"
        : manifest.Reason is { } reason ? $"{row.Status}: {reason}" : row.Status;

    private string Progress() => row.Plan is { } plan
        ? string.Create(CultureInfo.InvariantCulture, $"epoch {RunTable.Epochs(row)}, step {row.Steps:#,0} of {plan.Steps:#,0}")
        : string.Create(CultureInfo.InvariantCulture, $"{row.Epochs} epochs, step {row.Steps:#,0}");

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

    private IReadOnlyList<JsonObject> Rows()
    {
        if (!File.Exists(folder.MetricsFile))
        {
            return [];
        }

        _ = MetricsFile.ReadPasses(folder.MetricsFile);
        return MetricsFile.ReadAll(folder.MetricsFile);
    }

    private string ConfigText()
    {
        try
        {
            return File.ReadAllText(folder.ConfigFile).TrimEnd();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new RequestException(new Problem($"Unable to read the file: {exception.Message}") { Where = folder.ConfigFile }, exception);
        }
    }

    private CheckpointIndex Checkpoints() => new CheckpointStore(folder.CheckpointsFolder).Index;

    private static string? Values(IReadOnlyDictionary<string, double?>? values)
        => values is null ? null : string.Join(", ", values.Select(v => $"{v.Key} {(v.Value is { } value ? DisplayText.Number(value) : "not finite")}"));

    private static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
