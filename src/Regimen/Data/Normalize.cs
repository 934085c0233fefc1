using System.Text.Json.Nodes;
using Regimen.Reproducibility;

namespace Regimen.Data;

/// <summary><c>(value − mean) / std</c>, by channel. At the head of a list of transforms it costs nothing: the batch's one pass over
/// memory does it.</summary>
public sealed class Normalize : ITransform
{
    private readonly double[] _mean;
    private readonly double[] _std;

    /// <summary>With one mean and standard deviation for all channels, or one a channel; in the units of the samples (0…1 for images).</summary>
    /// <exception cref="ArgumentException">The lists differ in length or are empty, or a deviation is not above 0.</exception>
    public Normalize(IReadOnlyList<double> mean, IReadOnlyList<double> std)
    {
        if (mean.Count == 0 || mean.Count != std.Count || !std.All(s => double.IsFinite(s) && s > 0) || !mean.All(double.IsFinite))
        {
            throw new ArgumentException("Normalize needs as many finite means as standard deviations above 0.", nameof(std));
        }

        _mean = [.. mean];
        _std = [.. std];
        Scale = new ChannelScale([.. _std.Select(s => (float)(1 / s))], [.. _mean.Zip(_std, (m, s) => (float)(-m / s))]);
    }

    /// <summary>With one mean and standard deviation for all channels.</summary>
    public Normalize(double mean, double std)
        : this([mean], [std])
    {
    }

    /// <summary>The same as one product and one sum.</summary>
    public ChannelScale Scale { get; }

    /// <inheritdoc/>
    public SampleShape Transformed(SampleShape input) => input;

    /// <inheritdoc/>
    public void Apply(ReadOnlySpan<float> input, Span<float> output, SampleShape shape, ref RandomStream random)
        => Scale.Apply(input, output, shape);

    /// <inheritdoc/>
    public JsonObject Describe() => new()
    {
        ["name"] = "normalize",
        ["mean"] = new JsonArray([.. _mean.Select(m => JsonValue.Create(m))]),
        ["std"] = new JsonArray([.. _std.Select(s => JsonValue.Create(s))]),
    };
}
