using System.Text.Json.Nodes;
using Regimen.App.CommandLine;
using Regimen.Configuration;

namespace Regimen.App.Commands;

/// <summary>Gives a folder of configs its schemas, so that editors complete and check its YAML files.</summary>
internal static class SchemaFiles
{
    private const string Folder = "schema";
    private const string Mark = "# yaml-language-server: $schema=";

    /// <summary>Writes the schemas, and a first line that names one into every YAML file that has none.</summary>
    /// <exception cref="RequestException">There is no such folder, or something in it can't be written.</exception>
    public static void Write(string configs, IReadOnlyDictionary<string, JsonObject> schemas)
    {
        if (!Directory.Exists(configs))
        {
            throw new RequestException(new Problem("There is no such folder") { Where = "--into", Expected = "a folder with configs", Received = configs });
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
            throw new RequestException(new Problem($"The schema can't be written: {exception.Message}") { Where = "--into", Received = configs }, exception);
        }
    }

    /// <summary>What an editor finds a file's schema by.</summary>
    private static string FirstLine(string configs, string file, IReadOnlyDictionary<string, JsonObject> schemas)
    {
        string[] path = Path.GetRelativePath(configs, file).Split(Path.DirectorySeparatorChar);
        string name = path.Length == 2 && schemas.ContainsKey(path[0]) ? path[0] : ConfigJsonSchema.Whole;
        return $"{Mark}{string.Concat(Enumerable.Repeat("../", path.Length - 1))}{Folder}/{name}.json";
    }
}
