using System.Text.Json;
using System.Text.Json.Nodes;
using Regimen.Runs;

namespace Regimen.App.Commands;

/// <summary>A run in a list: its folder and what its record says.</summary>
internal sealed record ListedRun(RunFolder Folder, RunManifest Manifest)
{
    /// <summary>The status of a run that says running, but that no process works on.</summary>
    public const string Killed = "killed";

    private readonly Lazy<(int Epochs, IReadOnlyDictionary<string, double?>? Val)> _soFar = new(() => ReadSoFar(Folder));

    /// <summary>How the record says it stands.</summary>
    public RunStatus State => Manifest.Status;

    /// <summary>Whether a process works on it: it holds the folder's lock.</summary>
    public bool IsLive { get; } = Manifest.Status == RunStatus.Running && Folder.IsInUse;

    /// <summary>As <c>stopped_early</c>; <see cref="Killed"/> where the process ended without a word.</summary>
    public string Status => State == RunStatus.Running && !IsLive ? Killed : JsonNamingPolicy.SnakeCaseLower.ConvertName(State.ToString());

    /// <summary>Epochs made; of a run that has not ended, those whose results are recorded.</summary>
    public int Epochs => State == RunStatus.Running ? _soFar.Value.Epochs : Manifest.Epochs;

    /// <summary>What validation measured: of the weights that the run ended with, or last of all where it has not ended.</summary>
    public IReadOnlyDictionary<string, double?>? Val => State == RunStatus.Running ? _soFar.Value.Val : Manifest.Val;

    /// <summary>The run in a folder.</summary>
    /// <exception cref="RequestException">Its record is damaged.</exception>
    public static ListedRun Of(RunFolder folder) => new(folder, RunManifest.Read(folder.ManifestFile));

    /// <summary>Every run below a folder; what is wrong with the others is added to <paramref name="damaged"/>.</summary>
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

    /// <summary>A final value, as <c>val.loss</c> or <c>test.accuracy</c>; null where there is none.</summary>
    public double? Value(string key)
    {
        string[] parts = key.Split('.', 2);
        IReadOnlyDictionary<string, double?>? values = parts[0] switch { "val" => Val, "test" => Manifest.Test, _ => null };
        return parts.Length == 2 ? values?.GetValueOrDefault(parts[1]) : null;
    }

    /// <summary>run.json with the folder.</summary>
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

    /// <summary>What the rows say that are recorded so far. Nothing where they can't be read: `runs show` tells why.</summary>
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
