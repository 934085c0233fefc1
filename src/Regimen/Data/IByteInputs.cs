namespace Regimen.Data;

/// <summary>A data set whose inputs are images of bytes in 0…255 that count as 0…1. Its <see cref="IDataset.Gather"/> writes them unscaled where the
/// buffer's input field is of bytes, so that a batch on another device is copied there as bytes.</summary>
internal interface IByteInputs
{
    /// <summary>Whether it does.</summary>
    bool GathersBytes { get; }
}
