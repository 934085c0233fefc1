using System.Text.Json.Nodes;
using Regimen.App.CommandLine;
using Regimen.Configuration;

namespace Regimen.App.Commands;

/// <summary>Writes JSON Schemas into a folder of configs, for completion and checks of its YAML files in editors.</summary>
internal static class SchemaFiles
{
    private const string Folder = "schema";
    private const string Mark = "# yaml-language-server: $schema=";

    /// <summary>Writes the schemas, and adds a first line that refers to one to every YAML file without such a line.</summary>
    /// <exception cref="RequestException">The folder does not exist, or a file in it can't be written.</exception>
    public static void Write(string configs, IReadOnlyDictionary<string, JsonObject> schemas)
    {
        if (!Directory.Exists(configs))
        {
            throw new RequestException(new Problem("The folder does not exist") { Where = "--into", Expected = "a folder with configs", Received = configs });
        }

        try
        {
            Directory.CreateDirectory(Path.Combine(configs, Folder));
            foreach ((string name, JsonObject schema) in schemas)
            {
                File.WriteAllText(Path.Combine(configs, Folder, $"{name}.json"), ProblemReport.ToText(schema) + "\n");
            }

            foreach (string file in Directory.EnumerateFiles(configs, "*.yaml", SearchOption.AllDirectories))
            {
                string text = File.ReadAllText(file);
                if (!text.Contains(Mark, StringComparison.Ordinal))
                {
                    File.WriteAllText(file, $"{FirstLine(configs, file, schemas)}\n{text}");
                }
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new RequestException(new Problem($"Unable to write the schema: {exception.Message}") { Where = "--into", Received = configs }, exception);
        }
    }

    /// <summary>Returns the comment by which an editor finds a file's schema.</summary>
    private static string FirstLine(string configs, string file, IReadOnlyDictionary<string, JsonObject> schemas)
    {
        string[] path = Path.GetRelativePath(configs, file).Split(Path.DirectorySeparatorChar);
        string name = path.Length == 2 && schemas.ContainsKey(path[0]) ? path[0] : ConfigJsonSchema.Whole;
        return $"{Mark}{string.Concat(Enumerable.Repeat("../", path.Length - 1))}{Folder}/{name}.json";
    }
}
