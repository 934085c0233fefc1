using Regimen.Catalog;

namespace Regimen.Configuration;

/// <summary>What reading a config needs besides the text.</summary>
/// <param name="Catalog">What names stand for.</param>
/// <param name="Unknown">Words for keys that there are not.</param>
/// <param name="Problems">Where problems go.</param>
internal sealed record ConfigReading(ComponentCatalog Catalog, UnknownKeys Unknown, List<Problem> Problems)
{
    /// <summary>Whether references have their values already: what looks like one is text now.</summary>
    public bool IsResolved { get; init; }
}
