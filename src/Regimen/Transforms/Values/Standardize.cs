using System.Text.Json.Nodes;
using Regimen.Data;
using Regimen.Reproducibility;

namespace Regimen.Transforms;

/// <summary>Standardises to <c>(value − mean) / std</c> with a mean and a standard deviation for each value of a sample, for features of
/// different scales.</summary>
public sealed class Standardize : ITransform
{
    private readonly double[] _mean;
    private readonly double[] _std;
    private ChannelScale? _scale;

    /// <summary>Creates a standardisation with a mean and a standard deviation for each value, in the sample's order.</summary>
    /// <exception cref="ArgumentException">The lists differ in length or are empty, or a standard deviation is not above 0.</exception>
    public Standardize(IReadOnlyList<double> mean, IReadOnlyList<double> std)
    {
        if (mean.Count == 0 || mean.Count != std.Count || !std.All(s => double.IsFinite(s) && s > 0) || !mean.All(double.IsFinite))
        {
            throw new ArgumentException("Standardize needs as many finite means as standard deviations above 0.", nameof(std));
        }

        _mean = [.. mean];
        _std = [.. std];
    }

    /// <summary>The standardisation as a scale that a data set can apply while it gathers samples.</summary>
    internal ChannelScale Scale => _scale ??= new ChannelScale(_mean, _std, isPerValue: true);

    /// <summary>Whether float32 can't represent the values exactly: no other transform may then come before this one.</summary>
    internal bool NeedsDouble { get; init; }

    /// <inheritdoc/>
    public SampleShape Transformed(SampleShape input) => input.Elements == _mean.Length ? input : throw new RequestException(
        new Problem("The standardisation does not match the samples") { Expected = $"samples of {_mean.Length} values", Received = $"{input}" });

    /// <inheritdoc/>
    public void Apply(ReadOnlySpan<float> input, Span<float> output, SampleShape shape, ref RandomStream random)
    {
        for (int i = 0; i < _mean.Length; i++)
        {
            output[i] = (float)((input[i] - _mean[i]) / _std[i]);
        }
    }

    /// <inheritdoc/>
    public JsonObject Describe() => new()
    {
        ["name"] = "standardize",
        ["mean"] = new JsonArray([.. _mean.Select(m => JsonValue.Create(m))]),
        ["std"] = new JsonArray([.. _std.Select(s => JsonValue.Create(s))]),
    };
}
