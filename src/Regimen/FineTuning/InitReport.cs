using System.Globalization;

namespace Regimen.FineTuning;

/// <summary>What became of each tensor of a model and of the file that it was initialised from.</summary>
/// <param name="Source">The source, as it was asked for.</param>
/// <param name="Digest">The digest of the source's weights (<see cref="Safetensors.WeightsDigest"/>).</param>
/// <param name="Loaded">The model's tensors that were loaded.</param>
/// <param name="Skipped">The model's tensors that <see cref="InitOptions.Skip"/> names.</param>
/// <param name="Missing">The model's tensors that the file does not have.</param>
/// <param name="Misfits">The model's tensors of another shape or type than the file's.</param>
/// <param name="Unexpected">The file's tensors, after renaming, that the model does not have.</param>
public sealed record InitReport(
    string Source,
    string Digest,
    IReadOnlyList<string> Loaded,
    IReadOnlyList<string> Skipped,
    IReadOnlyList<string> Missing,
    IReadOnlyList<InitMisfit> Misfits,
    IReadOnlyList<string> Unexpected)
{
    /// <summary>The model's tensors that keep the values of the seed.</summary>
    public IReadOnlyList<string> Fresh => [.. Skipped, .. Missing, .. Misfits.Select(m => m.Name)];

    /// <summary>Returns a line for each kind of result that there is.</summary>
    public IEnumerable<string> Lines()
    {
        yield return string.Create(CultureInfo.InvariantCulture, $"loaded {Loaded.Count} of {Loaded.Count + Fresh.Count} tensors from {Source}, digest {Digest[..16]}…");
        (string What, IReadOnlyList<string> Names)[] kinds =
        [
            ("new, as init.skip says", Skipped),
            ("new, not in the file", Missing),
            ("new, of another shape or type in the file", [.. Misfits.Select(m => m.ToString())]),
            ("in the file only", Unexpected),
        ];
        foreach ((string what, IReadOnlyList<string> names) in kinds.Where(k => k.Names.Count > 0))
        {
            yield return $"{what}: {NamePattern.Listed(names)}";
        }
    }
}

/// <summary>A tensor of a model that has another shape or type in the file.</summary>
/// <param name="Name">The tensor's name.</param>
/// <param name="Expected">Its type and shape in the model: <c>F32 [10, 128]</c>.</param>
/// <param name="Received">Its type and shape in the file.</param>
/// <param name="IsOtherOutputs">Whether only the first dimension differs, as in a last layer for another number of classes.</param>
public sealed record InitMisfit(string Name, string Expected, string Received, bool IsOtherOutputs)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Name} ({Expected} here, {Received} there)";
}
