namespace Regimen.Datasets;

/// <summary>The files of a sample while they are found.</summary>
/// <param name="key">Their common name up to the first dot.</param>
internal sealed class ShardSample(string key)
{
    /// <summary>The common name.</summary>
    public string Key => key;

    /// <summary>The extensions of all files.</summary>
    public List<string> Extensions { get; } = [];

    /// <summary>The image; null if there is none yet.</summary>
    public TarMember? Image { get; set; }

    /// <summary>The label; null if there is none yet.</summary>
    public TarMember? Label { get; set; }
}
