namespace Regimen.Optimization;
/// <summary>x</summary>
public abstract class Optimizer;
