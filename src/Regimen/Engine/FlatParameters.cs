namespace Regimen.Engine;
/// <summary>x</summary>
public sealed class FlatParameters;
