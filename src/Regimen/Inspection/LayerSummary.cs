namespace Regimen.Inspection;

/// <summary>One layer of a <see cref="ModelSummary"/>.</summary>
/// <param name="Name">As the model names it: <c>fc1</c>, <c>blocks.0.conv</c>; empty for parameters of the model itself.</param>
/// <param name="Kind">The layer's type: <c>Linear</c>.</param>
/// <param name="OutputShape">What it gave for a batch of one sample, the batch dimension included; the first output where the layer
/// is called several times; null where it is not known.</param>
/// <param name="Parameters">Its own parameters; those shared with an earlier layer count there.</param>
/// <param name="MultiplyAdds">For one sample, over all calls (<see cref="ModelSummary"/> says what counts); null where not known.</param>
public sealed record LayerSummary(string Name, string Kind, IReadOnlyList<long>? OutputShape, long Parameters, long? MultiplyAdds);
