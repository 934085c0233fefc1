namespace Regimen.Inspection;

/// <summary>One layer of a <see cref="ModelSummary"/>.</summary>
/// <param name="Name">The layer's name in the model: <c>fc1</c>, <c>blocks.0.conv</c>; empty for parameters of the model itself.</param>
/// <param name="Kind">The layer's type: <c>Linear</c>.</param>
/// <param name="OutputShape">The output shape for a batch of one sample, including the batch dimension; that of the first call if the layer
/// is called several times; null if unknown.</param>
/// <param name="Parameters">The number of its own parameters; those shared with an earlier layer are counted there.</param>
/// <param name="MultiplyAdds">The multiply-adds for one sample over all calls, as defined by <see cref="ModelSummary"/>; null if unknown.</param>
public sealed record LayerSummary(string Name, string Kind, IReadOnlyList<long>? OutputShape, long Parameters, long? MultiplyAdds);

/// <summary>A module of a model with everything in it, as a row of a tree.</summary>
/// <param name="Name">The module's name in the model: <c>blocks.0.conv</c>.</param>
/// <param name="Kind">The module's type.</param>
/// <param name="Depth">The number of modules that it is in, without the model itself.</param>
/// <param name="OutputShape">The output shape for a batch of one sample, including the batch dimension; null if unknown.</param>
/// <param name="Parameters">The number of parameters in it; shared ones are counted once.</param>
/// <param name="TrainableParameters">The number of those that are trained.</param>
/// <param name="MultiplyAdds">The multiply-adds for one sample; null if those of a layer in it are unknown.</param>
public sealed record ModuleSummary(
    string Name, string Kind, int Depth, IReadOnlyList<long>? OutputShape, long Parameters, long TrainableParameters, long? MultiplyAdds);
