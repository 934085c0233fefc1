using System.ComponentModel.DataAnnotations;

namespace Regimen.Tracking;

/// <summary>What TensorBoard's file holds beside curves, config, pictures and results.</summary>
public sealed record TensorBoardOptions
{
    /// <summary>Epochs from one histogram of each parameter's values and gradients to the next; null for none. The gradients are those of the
    /// epoch's last step, after clipping.</summary>
    [Range(1, int.MaxValue)]
    public int? Histograms { get; init; }
}
