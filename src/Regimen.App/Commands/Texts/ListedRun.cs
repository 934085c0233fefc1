using System.Text.Json;
using System.Text.Json.Nodes;
using Regimen.Runs;

namespace Regimen.App.Commands;

/// <summary>A run in a list: its folder and its manifest.</summary>
internal sealed record ListedRun(RunFolder Folder, RunManifest Manifest)
{
    /// <summary>The status of a run that is recorded as running although no process holds its lock.</summary>
    public const string Killed = "killed";

    private readonly Lazy<(int Epochs, IReadOnlyDictionary<string, double?>? Val)> _soFar = new(() => ReadSoFar(Folder));

    /// <summary>The recorded status.</summary>
    public RunStatus State => Manifest.Status;

    /// <summary>Whether a process is training the run, that is, holds the folder's lock.</summary>
    public bool IsLive { get; } = Manifest.Status == RunStatus.Running && Folder.IsInUse;

    /// <summary>The status to show, for example <c>stopped_early</c>; <see cref="Killed"/> if the process ended without recording its end.</summary>
    public string Status => State == RunStatus.Running && !IsLive ? Killed : JsonNamingPolicy.SnakeCaseLower.ConvertName(State.ToString());

    /// <summary>The number of completed epochs; for a run that has not ended, of those whose results are recorded.</summary>
    public int Epochs => State == RunStatus.Running ? _soFar.Value.Epochs : Manifest.Epochs;

    /// <summary>The validation results of the final weights; for a run that has not ended, those of the latest validation.</summary>
    public IReadOnlyDictionary<string, double?>? Val => State == RunStatus.Running ? _soFar.Value.Val : Manifest.Val;

    /// <summary>Reads the run in a folder.</summary>
    /// <exception cref="RequestException">Its record is damaged.</exception>
    public static ListedRun Of(RunFolder folder) => new(folder, RunManifest.Read(folder.ManifestFile));

    /// <summary>Reads every run below a folder. Problems of unreadable runs are added to <paramref name="damaged"/>.</summary>
    public static IReadOnlyList<ListedRun> All(string root, List<Problem> damaged)
    {
        var runs = new List<ListedRun>();
        foreach (RunFolder folder in RunFolder.All(root))
        {
            try
            {
                runs.Add(Of(folder));
            }
            catch (RequestException exception)
            {
                damaged.AddRange(exception.Problems);
            }
        }

        return runs;
    }

    /// <summary>Returns a final value by key, for example <c>val.loss</c> or <c>test.accuracy</c>; null if the run has none.</summary>
    public double? Value(string key)
    {
        string[] parts = key.Split('.', 2);
        IReadOnlyDictionary<string, double?>? values = parts[0] switch { "val" => Val, "test" => Manifest.Test, _ => null };
        return parts.Length == 2 ? values?.GetValueOrDefault(parts[1]) : null;
    }

    /// <summary>Returns the contents of run.json together with the folder.</summary>
    public JsonObject Document()
    {
        var document = new JsonObject { ["run"] = Folder.FullPath };
        foreach ((string key, JsonNode? value) in JsonNode.Parse(Manifest.ToJson())!.AsObject())
        {
            document[key] = value?.DeepClone();
        }

        document["live"] = IsLive;
        return document;
    }

    /// <summary>Reads the metrics recorded so far. Returns nothing if they are unreadable: `runs show` reports the reason.</summary>
    private static (int Epochs, IReadOnlyDictionary<string, double?>? Val) ReadSoFar(RunFolder folder)
    {
        try
        {
            IReadOnlyList<Pass> passes = File.Exists(folder.MetricsFile) ? MetricsFile.ReadPasses(folder.MetricsFile) : [];
            int epochs = passes.Where(p => p.Split == Pass.Train).Select(p => p.At.Epoch).DefaultIfEmpty().Max();
            return (epochs, passes.LastOrDefault(p => p.Split == Pass.Validation)?.Values.ToDictionary(v => v.Key, v => (double?)v.Value));
        }
        catch (Exception exception) when (exception is RequestException or IOException or UnauthorizedAccessException)
        {
            return (0, null);
        }
    }
}
