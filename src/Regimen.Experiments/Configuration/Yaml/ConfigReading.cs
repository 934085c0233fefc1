using Regimen.Catalog;

namespace Regimen.Configuration;

/// <summary>The context for reading a config.</summary>
/// <param name="Catalog">The catalog that component names are looked up in.</param>
/// <param name="Unknown">Creates the problems for unknown keys.</param>
/// <param name="Problems">The list that problems are added to.</param>
internal sealed record ConfigReading(ComponentCatalog Catalog, UnknownKeys Unknown, List<Problem> Problems)
{
    /// <summary>Whether references are already resolved. Text that looks like a reference is then plain text.</summary>
    public bool IsResolved { get; init; }

    /// <summary>Whether a key of the data keeps its reference to an environment variable that is not set. A model is used without its data, so
    /// without what its data needed: a password, for example.</summary>
    public bool KeepsUnsetOfData { get; init; }
}
