using System.Text.Json;
using Regimen.Runs;
using Regimen.Safetensors;

namespace Regimen.Dashboard;

/// <summary>A run whose model takes images, found from the head of its weights' file: no weights are read, and TorchSharp is not loaded.</summary>
/// <param name="Name">The run's name.</param>
/// <param name="Folder">The run's folder.</param>
/// <param name="Channels">The channels of an image: 1 or 3.</param>
/// <param name="Height">Its height.</param>
/// <param name="Width">Its width.</param>
/// <param name="Classes">The names of the classes; empty for numbers.</param>
/// <param name="Data">The name of the data set.</param>
/// <param name="State">Changes whenever the weights do.</param>
internal sealed record DrawableRun(string Name, string Folder, int Channels, int Height, int Width, IReadOnlyList<string> Classes, string Data, string State)
{
    /// <summary>Data of three dimensions that are no images.</summary>
    private static readonly string[] NoImages = ["npy", "csv", "sql", "parquet", "text"];

    private const long LargestSide = 1024;

    /// <summary>Whether images are centred as MNIST's unless the address says otherwise.</summary>
    public bool IsCentred => Data == "mnist" && Channels == 1;

    /// <summary>Reads a run; null if it has no weights yet, or its model takes no images.</summary>
    public static DrawableRun? Of(string run, string folder)
    {
        try
        {
            using JsonDocument manifest = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "run.json")));
            string data = manifest.RootElement.TryGetProperty("data", out JsonElement name) ? name.GetString() ?? string.Empty : string.Empty;
            var index = CheckpointIndex.Read(Path.Combine(folder, "checkpoints", CheckpointStore.IndexFile));
            if ((index.Best ?? index.Last) is not { } checkpoint || NoImages.Contains(data))
            {
                return null;
            }

            string weights = Path.Combine(folder, "checkpoints", checkpoint, CheckpointStore.ModelFile);
            IReadOnlyDictionary<string, string> metadata = Head(weights);
            int[] shape = JsonSerializer.Deserialize<int[]>(metadata.GetValueOrDefault("regimen.sample_shape", "[]")) ?? [];
            string[] classes = JsonSerializer.Deserialize<string[]>(metadata.GetValueOrDefault("regimen.classes", "[]")) ?? [];
            return shape is [1 or 3, > 0 and <= (int)LargestSide, > 0 and <= (int)LargestSide] ? new(run, folder, shape[0], shape[1], shape[2], classes, data, $"{checkpoint} {index.Sha256}") : null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or JsonException or RequestException or InvalidOperationException)
        {
            // A damaged run has its own page; here it is left out.
            return null;
        }
    }

    private static IReadOnlyDictionary<string, string> Head(string weights)
    {
        using FileStream file = Files.InputFile.OpenRegular(weights);
        return SafetensorsHeader.Read(weights, file.Length, count =>
        {
            var bytes = new byte[count];
            file.ReadExactly(bytes);
            return bytes;
        }).Metadata;
    }
}
