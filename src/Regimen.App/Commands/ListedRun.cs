using System.Text.Json;
using System.Text.Json.Nodes;
using Regimen.Runs;

namespace Regimen.App.Commands;

/// <summary>A run in a list: its folder and what its record says.</summary>
internal sealed record ListedRun(RunFolder Folder, RunManifest Manifest)
{
    /// <summary>As <c>stopped_early</c>.</summary>
    public string Status => JsonNamingPolicy.SnakeCaseLower.ConvertName(Manifest.Status.ToString());

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
        IReadOnlyDictionary<string, double?>? values = parts[0] switch { "val" => Manifest.Val, "test" => Manifest.Test, _ => null };
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

        return document;
    }
}
