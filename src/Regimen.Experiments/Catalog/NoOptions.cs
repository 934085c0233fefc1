namespace Regimen.Catalog;

/// <summary>The options of something that has none.</summary>
public sealed record NoOptions;
