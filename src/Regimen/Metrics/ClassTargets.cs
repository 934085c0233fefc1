using System.Globalization;
using Regimen.Engine;
using static TorchSharp.torch;

namespace Regimen.Metrics;

/// <summary>Checks targets that are class indices.</summary>
internal static class ClassTargets
{
    /// <summary>Checks class indices and returns them contiguous on the CPU; the caller's dispose scope owns the result.</summary>
    /// <param name="targets">The targets: int64 <c>[batch]</c>.</param>
    /// <param name="classes">The number of classes.</param>
    /// <exception cref="RequestException">The type or shape is wrong, or a target is not a class.</exception>
    public static Tensor Of(Tensor targets, int classes)
    {
        if (targets.dim() != 1 || targets.dtype != ScalarType.Int64)
        {
            throw new RequestException(new Problem("The targets are not class indices")
            {
                Expected = "int64 [batch]",
                Received = MetricTensors.Describe(targets),
                Hint = "A classification needs one class index per sample.",
            });
        }

        Tensor indices = targets.cpu().contiguous();
        ReadOnlySpan<long> labels = TensorMemory.Span<long>(indices);
        for (int i = 0; i < labels.Length; i++)
        {
            if ((ulong)labels[i] >= (ulong)classes)
            {
                throw new RequestException(new Problem("A target is not a class of the data")
                {
                    Where = $"sample {i} of the batch",
                    Expected = $"a class index from 0 to {classes - 1}",
                    Received = labels[i].ToString(CultureInfo.InvariantCulture),
                    Hint = "Check the labels, and the list of classes, of the data set.",
                });
            }
        }

        return indices;
    }
}
