namespace Regimen.Inspection;

/// <summary>One layer of a <see cref="ModelSummary"/>.</summary>
/// <param name="Name">The layer's name in the model: <c>fc1</c>, <c>blocks.0.conv</c>; empty for parameters of the model itself.</param>
/// <param name="Kind">The layer's type: <c>Linear</c>.</param>
/// <param name="OutputShape">The output shape for a batch of one sample, including the batch dimension; that of the first call if the layer
/// is called several times; null if unknown.</param>
/// <param name="Parameters">The number of its own parameters; those shared with an earlier layer are counted there.</param>
/// <param name="MultiplyAdds">The multiply-adds for one sample over all calls, as defined by <see cref="ModelSummary"/>; null if unknown.</param>
public sealed record LayerSummary(string Name, string Kind, IReadOnlyList<long>? OutputShape, long Parameters, long? MultiplyAdds);
