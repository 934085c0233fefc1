using System.Text.Json.Nodes;
using Regimen.Reproducibility;

namespace Regimen.Data;

/// <summary>Changes a sample's input on its way into a batch.</summary>
public interface ITransform
{
    /// <summary>The shape that comes out for the shape that goes in.</summary>
    SampleShape Transformed(SampleShape input);

    /// <summary>Transforms one sample. Its randomness comes from <paramref name="random"/> alone, which is a function of seed,
    /// epoch and sample index.</summary>
    void Apply(ReadOnlySpan<float> input, Span<float> output, SampleShape shape, ref RandomStream random);

    /// <summary>Its name and values, as they stand in a model's metadata: what a deployed model must do to its input.</summary>
    JsonObject Describe();
}
