using System.ComponentModel.DataAnnotations;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;
using Regimen.Data;
using Regimen.Reproducibility;

namespace Regimen.Transforms;

/// <summary>Normalises values to <c>(value − mean) / std</c>, per channel. As the first transform it costs nothing, because it is part of the
/// copy into the batch.</summary>
[Transform("normalize")]
public sealed record Normalize : Transform, IMaskTransform
{
    private const int MostChannels = 64;
    private ChannelScale? _scale;

    /// <summary>Creates a normalisation whose means and standard deviations are set by properties.</summary>
    public Normalize()
    {
    }

    /// <summary>Creates a normalisation with one mean and standard deviation for all channels, or one per channel, in the units of the samples (0…1
    /// for images).</summary>
    /// <exception cref="ArgumentException">The lists differ in length or are empty, or a standard deviation is not above 0.</exception>
    [SetsRequiredMembers]
    public Normalize(IReadOnlyList<double> mean, IReadOnlyList<double> std)
    {
        (Mean, Std) = ([.. mean], [.. std]);
        if (!AreSound)
        {
            throw new ArgumentException("Normalize needs as many finite means as standard deviations above 0.", nameof(std));
        }
    }

    /// <summary>Creates a normalisation with one mean and standard deviation for all channels.</summary>
    [SetsRequiredMembers]
    public Normalize(double mean, double std)
        : this([mean], [std])
    {
    }

    /// <summary>The mean, which is subtracted: one for all channels or one per channel.</summary>
    [Length(1, MostChannels)]
    public required IReadOnlyList<double> Mean { get; init; }

    /// <summary>The standard deviation, which is divided by: as many numbers above 0.</summary>
    [Length(1, MostChannels)]
    public required IReadOnlyList<double> Std { get; init; }

    /// <summary>The normalisation as one product and one sum.</summary>
    [JsonIgnore]
    public ChannelScale Scale
        => _scale ??= new ChannelScale([.. Mean], [.. Std], isPerValue: false);

    /// <summary>Whether float32 can't represent the values exactly: no other transform may then come before this one.</summary>
    internal bool NeedsDouble { get; init; }

    private bool AreSound
        => Mean.Count > 0 && Mean.Count == Std.Count && Std.All(s => double.IsFinite(s) && s > 0) && Mean.All(double.IsFinite);

    /// <inheritdoc/>
    public override SampleShape Transformed(SampleShape input)
        => AreSound && (Mean.Count == 1 || Mean.Count == input.Channels) ? input : throw new RequestException(
            new Problem("The normalisation does not match the samples' channels")
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
