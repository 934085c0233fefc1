namespace Regimen.Datasets;

/// <summary>Marks a public static method as a data set. The method takes an options record and optionally a <see cref="DatasetContext"/>,
/// and returns <see cref="Regimen.Data.DataSplits"/>.</summary>
/// <param name="name">The name of the data set in a config.</param>
public sealed class DatasetAttribute(string name) : CatalogAttribute(name)
{
    /// <summary>The name of the objective of this data, which a config that chooses the data and no objective gets in place of the default
    /// config's; null to keep the default config's.</summary>
    public string? Objective { get; init; }
}
