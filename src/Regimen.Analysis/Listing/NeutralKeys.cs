namespace Regimen.Listing;

/// <summary>The keys of a config that change neither the weights nor the measured values of a run: where and how it is recorded, and how batches are
/// read ahead.</summary>
internal static class NeutralKeys
{
    private static readonly HashSet<string> Keys = ["name", "runs", "record_code", "report", "observers", "stop_signals", "otlp", "loader.workers", "loader.prefetch"];
    private static readonly string[] Groups = ["checkpoint.", "tensorboard."];

    /// <summary>Whether a full key is one of them.</summary>
    public static bool Has(string key) => Keys.Contains(key) || Groups.Any(g => key.StartsWith(g, StringComparison.Ordinal));
}
