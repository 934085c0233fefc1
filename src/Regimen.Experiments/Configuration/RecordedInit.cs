namespace Regimen.Configuration;

/// <summary>Where the initial weights of a recorded run come from: its own copy, so that the run does not depend on the file that it once
/// started from.</summary>
/// <param name="File">The copy; null if the weights are not needed, because others are loaded afterwards.</param>
/// <param name="Sha256">The copy's SHA-256 in the run's record; null if the record has none.</param>
internal sealed record RecordedInit(string? File, string? Sha256)
{
    /// <summary>The weights are not needed.</summary>
    public static RecordedInit NotNeeded { get; } = new(null, null);
}
