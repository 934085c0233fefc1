namespace Regimen.Exporting;

/// <summary>The result of an export.</summary>
/// <param name="Path">The file or folder, absolute.</param>
/// <param name="Format">The format: <c>onnx</c>, <c>hf</c> or <c>safetensors</c>.</param>
/// <param name="Digest">The SHA-256 of the file; of the weights' file for a folder.</param>
public sealed record ExportResult(string Path, string Format, string Digest)
{
    /// <summary>The version of ONNX's operator set; null for another format.</summary>
    public int? Opset { get; init; }

    /// <summary>The largest difference from the model, relative to the largest value of its batch; 0 for formats that hold the same weights.</summary>
    public double LargestDifference { get; init; }

    /// <summary>The sizes of the batches that were compared; empty for formats that hold the same weights.</summary>
    public IReadOnlyList<int> CheckedBatches { get; init; } = [];

    /// <summary>The samples that were compared: a split of the run's data, or <c>random</c>; null for formats that hold the same weights.</summary>
    public string? CheckedOn { get; init; }
}
