namespace Regimen.Inspection;

/// <summary>The outputs of a layer for some samples.</summary>
/// <param name="Name">The layer's name in the model.</param>
/// <param name="Kind">The layer's type.</param>
/// <param name="Shape">The output shape without the batch dimension.</param>
/// <param name="Mean">The mean of all values.</param>
/// <param name="Deviation">Their standard deviation.</param>
/// <param name="Zeros">The share of values that are 0, from 0 to 1.</param>
/// <param name="Units">The number of units: channels of an image, else the last dimension.</param>
/// <param name="Silent">The number of units that are not above 0 for any sample or position. A ReLU after such a unit passes nothing on, and
/// the unit learns nothing: it is dead for these samples.</param>
/// <param name="NotFinite">The number of values that are not finite.</param>
public sealed record LayerActivations(
    string Name, string Kind, IReadOnlyList<long> Shape, double Mean, double Deviation, double Zeros, long Units, long Silent, long NotFinite)
{
    /// <summary>Whether the layer is the last one of the model: its outputs may well be negative.</summary>
    public bool IsLast { get; init; }

    /// <summary>The number of dead units; 0 for the last layer.</summary>
    public long Dead => IsLast ? 0 : Silent;
}
