namespace Regimen.Curves;

/// <summary>The horizontal axis of a curve.</summary>
public enum CurveAxis
{
    /// <summary>The number of optimizer updates.</summary>
    Step,

    /// <summary>The number of epochs trained, with fractions; 1 is the end of the first epoch.</summary>
    Epoch,

    /// <summary>The seconds of training since the start; the time between an interruption and its resumption does not count.</summary>
    Seconds,
}
