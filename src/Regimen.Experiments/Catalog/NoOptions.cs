namespace Regimen.Catalog;

/// <summary>The options of a component without options.</summary>
public sealed record NoOptions;
