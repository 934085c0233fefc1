using System.Globalization;

namespace Regimen.Runs;

/// <summary>Where training stands: everything that is not weights, optimizer state or history follows from it.</summary>
/// <param name="Epoch">The pass over the training set that is being made, from 1.</param>
/// <param name="Step">Optimizer updates made so far, over the whole run.</param>
public readonly record struct Progress(int Epoch, long Step)
{
    /// <summary>As <c>epoch 3, step 2250</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"epoch {Epoch}, step {Step}");
}
