using System.Text.Json.Nodes;
using Regimen.Reproducibility;

namespace Regimen.Data;

/// <summary>Changes the input of a sample on its way into a batch.</summary>
public interface ITransform
{
    /// <summary>Returns the output shape for an input shape.</summary>
    SampleShape Transformed(SampleShape input);

    /// <summary>Transforms one sample. All its randomness comes from <paramref name="random"/>, which is a function of seed, epoch and sample
    /// index.</summary>
    void Apply(ReadOnlySpan<float> input, Span<float> output, SampleShape shape, ref RandomStream random);

    /// <summary>Returns its name and values for a model's metadata, from which a deployed model can repeat its pre-processing.</summary>
    JsonObject Describe();
}
