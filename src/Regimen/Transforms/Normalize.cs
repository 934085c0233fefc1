using System.ComponentModel.DataAnnotations;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;
using Regimen.Data;
using Regimen.Reproducibility;

namespace Regimen.Transforms;

/// <summary><c>(value − mean) / std</c>, by channel. At the head of a list of transforms it costs nothing: the batch's one pass over
/// memory does it.</summary>
[Transform("normalize")]
public sealed record Normalize : Transform
{
    private const int MostChannels = 64;
    private ChannelScale? _scale;

    /// <summary>To be given its means and standard deviations.</summary>
    public Normalize()
    {
    }

    /// <summary>With one mean and standard deviation for all channels, or one a channel; in the units of the samples (0…1 for images).</summary>
    /// <exception cref="ArgumentException">The lists differ in length or are empty, or a deviation is not above 0.</exception>
    [SetsRequiredMembers]
    public Normalize(IReadOnlyList<double> mean, IReadOnlyList<double> std)
    {
        (Mean, Std) = ([.. mean], [.. std]);
        if (!AreSound)
        {
            throw new ArgumentException("Normalize needs as many finite means as standard deviations above 0.", nameof(std));
        }
    }

    /// <summary>With one mean and standard deviation for all channels.</summary>
    [SetsRequiredMembers]
    public Normalize(double mean, double std)
        : this([mean], [std])
    {
    }

    /// <summary>What is taken from a value: one for all channels or one a channel.</summary>
    [Length(1, MostChannels)]
    public required IReadOnlyList<double> Mean { get; init; }

    /// <summary>What a value is then divided by: as many numbers above 0.</summary>
    [Length(1, MostChannels)]
    public required IReadOnlyList<double> Std { get; init; }

    /// <summary>The same as one product and one sum.</summary>
    [JsonIgnore]
    public ChannelScale Scale
        => _scale ??= new ChannelScale([.. Mean], [.. Std], isPerValue: false);

    /// <summary>Whether float32 does not hold the values that this is for: nothing may come between the data set and this.</summary>
    internal bool NeedsDouble { get; init; }

    private bool AreSound
        => Mean.Count > 0 && Mean.Count == Std.Count && Std.All(s => double.IsFinite(s) && s > 0) && Mean.All(double.IsFinite);

    /// <inheritdoc/>
    public override SampleShape Transformed(SampleShape input)
        => AreSound && (Mean.Count == 1 || Mean.Count == input.Channels) ? input : throw new RequestException(
            new Problem("Normalisation does not fit the samples' channels")
            {
                Expected = input.Channels == 1 ? "1 mean and 1 deviation above 0" : $"1 or {input.Channels} means and as many deviations above 0",
                Received = FormattableString.Invariant($"means [{string.Join(", ", Mean)}], deviations [{string.Join(", ", Std)}]"),
            });

    /// <inheritdoc/>
    public override void Apply(ReadOnlySpan<float> input, Span<float> output, SampleShape shape, ref RandomStream random)
        => Scale.Apply(input, output, shape);

    /// <inheritdoc/>
    public bool Equals(Normalize? other) => other is not null && Mean.SequenceEqual(other.Mean) && Std.SequenceEqual(other.Std);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Mean.Count, Mean[0], Std[0]);
}
