using Regimen.Engine;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Regimen.Layers;

/// <summary>A table of vectors that are read by index. It has the parameter name, the initialisation and the results of <c>torch.nn.Embedding</c>. The
/// gradient of a row is the sum of its uses in their order, on any processor and for any number of threads.</summary>
public sealed class Embedding : nn.Module<Tensor, Tensor>, IPortable
{
    private readonly Parameter weight;

    /// <summary>Creates a table. Its values are normally distributed, from libtorch's default generator.</summary>
    /// <param name="count">The number of rows, at least 1.</param>
    /// <param name="width">The number of values of a row, at least 1.</param>
    public Embedding(long count, long width)
        : base(nameof(Embedding))
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        weight = new Parameter(empty(count, width));
        if (Arithmetic.IsPortable)
        {
            InitialNormal.Fill(weight, 1);
        }
        else
        {
            nn.init.normal_(weight);
        }

        RegisterComponents();
    }

    /// <summary>The table, <c>[count, width]</c>.</summary>
    public Parameter Weight => weight;

    /// <inheritdoc/>
    public string? MachineOperation => null;

    /// <summary>Returns the rows of the indices, <c>[…, width]</c>.</summary>
    /// <param name="input">Indices <c>[…]</c>, int64.</param>
    public override Tensor forward(Tensor input)
        => is_grad_enabled() && EmbeddingOperation.CanRun(input, weight) ? FusedFunction.Run(new EmbeddingOperation(input), weight) : EmbeddingOperation.Rows(input, weight);

    /// <summary>The lookup of some indices.</summary>
    private sealed unsafe class EmbeddingOperation(Tensor indices) : FusedOperation
    {
        private const long SmallestPart = 16_384;
        private const int Granule = 16;

        /// <summary>Whether the indices are in the table. libtorch refuses others.</summary>
        public static bool CanRun(Tensor indices, Tensor weight)
        {
            if (indices.device_type != DeviceType.CPU || indices.dtype != ScalarType.Int64 || indices.numel() == 0)
            {
                return false;
            }

            using Tensor flat = indices.contiguous();
            long count = weight.size(0);
            foreach (long index in TensorMemory.Span<long>(flat))
            {
                if ((ulong)index >= (ulong)count)
                {
                    return false;
                }
            }

            return true;
        }

        public override (Tensor Output, Tensor? Kept) Forward(Tensor[] inputs, bool isTraining)
        {
            Tensor flat = indices.flatten().contiguous();
            using Tensor rows = inputs[0].index_select(0, flat);
            return (rows.view([.. indices.shape, inputs[0].size(1)]), flat);
        }

        public override Tensor?[] Backward(Tensor[] inputs, Tensor? kept, Tensor gradient, bool[] wanted)
        {
            (long count, long width) = (inputs[0].size(0), inputs[0].size(1));
            Tensor result = zeros(count, width);
            using Tensor flat = kept!.contiguous();
            long* index = TensorMemory.Pointer<long>(flat);
            float* above = TensorMemory.Pointer<float>(gradient);
            float* to = TensorMemory.Pointer<float>(result);
            long uses = flat.numel();
            int parts = (int)Math.Clamp(Math.Min(uses * width / SmallestPart, width / Granule), 1, Threads.Parts);

            // Threads take columns, so each sum is one thread's.
            Threads.Share(parts, part =>
            {
                (long start, long end) = WorkRange.Of(width, part, parts, Granule);
                for (long use = 0; use < uses; use++)
                {
                    LinearKernel.Add(above + (use * width) + start, to + (index[use] * width) + start, (int)(end - start));
                }
            });
            GC.KeepAlive(gradient);
            return [result];
        }

        public override Tensor Reference(Tensor[] inputs) => Rows(indices, inputs[0]);

        /// <summary>Returns the rows with libtorch's operations, which refuse an index that is not in the table.</summary>
        public static Tensor Rows(Tensor indices, Tensor weight)
        {
            using Tensor rows = weight.index_select(0, indices.flatten());
            return rows.view([.. indices.shape, weight.size(1)]);
        }
    }
}
