using System.ComponentModel.DataAnnotations;
using Regimen.Data;
using Regimen.Reproducibility;
using Regimen.Transforms;

namespace OwnParts.Transforms;

/// <summary>Adds uniform noise to each value.</summary>
[Transform("noise")]
public sealed record Noise : Transform
{
    /// <summary>The largest change of a value.</summary>
    [Range(0.0, 1000.0)]
    public double Amplitude { get; init; } = 0.1;

    protected override bool IsRandom => true;

    public override void Apply(ReadOnlySpan<float> input, Span<float> output, SampleShape shape, ref RandomStream random)
    {
        for (int i = 0; i < input.Length; i++)
        {
            output[i] = input[i] + (float)(Amplitude * ((2 * random.NextDouble()) - 1));
        }
    }
}
