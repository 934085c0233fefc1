using System.Globalization;

namespace Regimen.Runs;

/// <summary>A position in the training. All state except weights, optimizer state and history is a function of it.</summary>
/// <param name="Epoch">The epoch being trained, from 1.</param>
/// <param name="Step">The number of optimizer updates so far, over the whole run.</param>
public readonly record struct Progress(int Epoch, long Step)
{
    /// <summary>Returns a text such as <c>epoch 3, step 2250</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"epoch {Epoch}, step {Step}");
}
