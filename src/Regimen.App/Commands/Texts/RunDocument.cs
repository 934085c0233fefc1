using System.Text.Json.Nodes;
using Regimen.App.CommandLine;
using Regimen.Listing;
using Regimen.Runs;

namespace Regimen.App.Commands;

/// <summary>Formats a run as JSON.</summary>
internal static class RunDocument
{
    /// <summary>Returns the contents of run.json with the folder, the names, whether it is live, its progress and its labels. Of a run that can't
    /// be read: folder, names and the reason.</summary>
    public static JsonObject Of(RunRow row)
    {
        var document = new JsonObject { ["run"] = row.Folder };
        try
        {
            foreach ((string key, JsonNode? value) in row.Recorded is null ? [] : JsonNode.Parse(RunManifest.Read(Path.Combine(row.Folder, "run.json")).ToJson())!.AsObject())
            {
                document[key] = value?.DeepClone();
            }
        }
        catch (RequestException)
        {
            // It was damaged or removed since the list was read: the row says what is known.
        }

        if (row.Recorded is null)
        {
            document["status"] = RunRow.DamagedStatus;
            document["error"] = row.Damage;
        }

        document["live"] = row.IsLive;
        document["name"] = row.Name;
        document["short_name"] = row.ShortName;
        document["steps_taken"] = row.Steps;
        document["epochs_completed"] = row.Epochs;
        document["monitor"] = row.Monitor;
        document["best"] = ProblemReport.Number(row.Best);
        document["values"] = new JsonObject(row.Values.Select(v => KeyValuePair.Create(v.Key, ProblemReport.Number(v.Value))));
        document["tags"] = new JsonArray([.. row.Tags.Select(t => JsonValue.Create(t))]);
        document["note"] = row.Note;
        document["sweep"] = row.Sweep;
        document["trial"] = row.Trial;
        return document;
    }

    /// <summary>Returns the chosen keys.</summary>
    public static JsonObject Of(RunRow row, IReadOnlyList<RunKey> keys)
    {
        var document = new JsonObject();
        foreach (RunKey key in keys)
        {
            document[key.Name] = key.Of(row) switch
            {
                { Items: { } items } => new JsonArray([.. items.Select(i => JsonValue.Create(i))]),
                { Text: null } => null,
                { Number: { } number } when key.Name is not ("started" or "ended") => ProblemReport.Number(number),
                var value => JsonValue.Create(value.Text),
            };
        }

        return document;
    }
}
