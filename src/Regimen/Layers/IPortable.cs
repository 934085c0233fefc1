namespace Regimen.Layers;

/// <summary>A module that says whether what it computes itself, outside of the modules in it, has the same bits on every machine with
/// <see cref="Engine.Bits.Portable"/>. Of modules that do not say it, nothing is assumed.</summary>
public interface IPortable
{
    /// <summary>The operation that libtorch computes in the order that suits the machine; null for none. Moving and selecting values, and sums or
    /// products of two values, have one result everywhere.</summary>
    string? MachineOperation { get; }
}
