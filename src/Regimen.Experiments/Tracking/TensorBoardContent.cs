using System.Text.Json.Nodes;

namespace Regimen.Tracking;

/// <summary>What a run's TensorBoard file holds beside its passes.</summary>
internal sealed record TensorBoardContent
{
    /// <summary>The config, as YAML.</summary>
    public required string Config { get; init; }

    /// <summary>The value of each key that defines the run.</summary>
    public required IReadOnlyDictionary<string, JsonNode?> Keys { get; init; }

    /// <summary>The results that the run ends with, as <c>val.loss</c> and <c>test.accuracy</c>.</summary>
    public required IReadOnlyList<string> Results { get; init; }

    /// <summary>Draws training samples; null where they are no images. Called at the end of the first pass, not at the start, which it would delay.</summary>
    public Func<IReadOnlyList<TensorBoardPicture>>? Samples { get; init; }

    /// <summary>Epochs from one histogram to the next; null for none.</summary>
    public int? Histograms { get; init; }
}
