using System.Globalization;
using Regimen.Engine;
using static TorchSharp.torch;

namespace Regimen.Data;

/// <summary>Names the sample whose label made a computation fail. libtorch reports the wrong label, but not the sample.</summary>
internal static class LabelFailure
{
    /// <summary>Returns an exception that names the sample; null if every label of the batch is valid, so that the failure has another cause.</summary>
    /// <param name="batch">The batch that failed.</param>
    /// <param name="failure">The exception of the computation.</param>
    public static WorkFailedException? Of(Batch batch, Exception failure)
    {
        if (failure is WorkFailedException || batch.Source is not { Classes.Count: > 0 and var classes } dataset || batch.Target.dtype != ScalarType.Int64 || batch.Target.dim() != 1)
        {
            return null;
        }

        using Tensor labels = batch.Target.cpu();
        ReadOnlySpan<long> values = TensorMemory.Span<long>(labels);
        int wrong = values.IndexOfAnyExceptInRange(0, classes - 1);
        return wrong < 0 || wrong >= batch.Indices.Length
            ? null
            : new WorkFailedException(
                new Problem("The label of a sample is not one of the classes")
                {
                    Where = dataset.Origin(batch.Indices.Span[wrong]),
                    Expected = string.Create(CultureInfo.InvariantCulture, $"0 to {classes - 1}, the index of one of {classes} classes"),
                    Received = values[wrong].ToString(CultureInfo.InvariantCulture),
                    Hint = "Correct the label, or list every class in the data set's Classes.",
                },
                failure);
    }
}
