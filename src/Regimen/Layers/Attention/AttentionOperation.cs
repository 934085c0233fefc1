using Regimen.Engine;
using static TorchSharp.torch;

namespace Regimen.Layers;

/// <summary>The operation of <see cref="CausalAttention"/>, split among threads by samples and heads.</summary>
/// <param name="heads">The number of heads.</param>
/// <param name="isCausal">Whether a position attends to itself and those before it only. Attention to all positions is for <see cref="Bits.Portable"/>.</param>
/// <param name="dropout">The dropout of the attention weights; it is for <see cref="Bits.Portable"/>.</param>
internal sealed unsafe class AttentionOperation(int heads, bool isCausal = true, AttentionDropout dropout = default) : FusedOperation
{
    // Rows of scores that are computed together: few enough that they stay in the cache, enough for the matrix product to be efficient.
    private const int Rows = 32;

    /// <summary>Computes the layer with libtorch's operations.</summary>
    public static Tensor OfTorch(Tensor input, int heads, double dropout)
    {
        (long batch, long length, long width) = (input.size(0), input.size(1), input.size(2) / 3);
        Tensor[] parts = input.view(batch, length, 3, heads, width / heads).permute(2, 0, 3, 1, 4).unbind(0);
        return nn.functional.scaled_dot_product_attention(parts[0], parts[1], parts[2], p: dropout, is_casual: true).transpose(1, 2).reshape(batch, length, width);
    }

    /// <summary>Computes the layer with plain operations: libtorch's fused attention has no second derivative.</summary>
    public override Tensor Reference(Tensor[] inputs)
    {
        Tensor input = inputs[0];
        (long batch, long length, long width) = (input.size(0), input.size(1), input.size(2) / 3);
        Tensor[] parts = input.view(batch, length, 3, heads, width / heads).permute(2, 0, 3, 1, 4).unbind(0);
        using TorchSharp.Scalar scale = 1 / Math.Sqrt(width / heads);
        using TorchSharp.Scalar never = double.NegativeInfinity;
        Tensor isAfter = ones([length, length], ScalarType.Bool, input.device).tril().logical_not();
        Tensor scores = parts[0].matmul(parts[1].transpose(2, 3)).mul(scale);
        scores = isCausal ? scores.masked_fill(isAfter, never) : scores;
        Tensor weights = dropout.IsNone ? scores.softmax(3) : scores.softmax(3).mul(dropout.Mask(batch * heads, length).view(batch, heads, length, length).to(scores.dtype, input.device));
        return weights.matmul(parts[2]).transpose(1, 2).reshape(batch, length, width);
    }

    /// <summary>Keeps, for each row of scores, the logarithm of the sum of their exponentials, and the output.</summary>
    public override (Tensor Output, Tensor? Kept) Forward(Tensor[] inputs, bool isTraining)
    {
        var shape = new Sizes(inputs[0], heads);
        Tensor output = empty(shape.Batch, shape.Length, shape.Width);
        Tensor kept = empty((long)shape.Batch * heads * shape.Length);
        int parts = Math.Clamp(shape.Batch * heads, 1, Threads.Parts);
        bool isPortable = Arithmetic.IsPortable;
        long size = isPortable ? PortableAttention.Scratch(shape) : (long)Rows * shape.Length;
        using Tensor scratch = empty(parts * size);
        float* qkv = TensorMemory.Pointer<float>(inputs[0]);
        float* y = TensorMemory.Pointer<float>(output);
        float* logs = TensorMemory.Pointer<float>(kept);
        float* scores = TensorMemory.Pointer<float>(scratch);
        Threads.Share(parts, part =>
        {
            (long start, long end) = WorkRange.Of((long)shape.Batch * heads, part, parts, 1);
            for (long pair = start; pair < end; pair++)
            {
                long at = shape.Offset(pair);
                float* queries = qkv + (3 * at) - (2 * shape.Column(pair));
                if (isPortable)
                {
                    new PortableAttention(shape, queries, scores + (part * size), isCausal, dropout, pair).Forward(y + at, logs + (pair * shape.Length));
                    continue;
                }

                new AttentionKernel(shape, queries, scores + (part * size), Rows).Forward(y + at, logs + (pair * shape.Length));
            }
        });
        GC.KeepAlive(inputs);
        return (output, kept);
    }

    public override Tensor?[] Backward(Tensor[] inputs, Tensor? kept, Tensor gradient, bool[] wanted)
    {
        var shape = new Sizes(inputs[0], heads);
        Tensor result = empty_like(inputs[0]);
        int parts = Math.Clamp(shape.Batch * heads, 1, Threads.Parts);
        bool isPortable = Arithmetic.IsPortable;
        long size = isPortable ? PortableAttention.Scratch(shape) : 2L * Rows * shape.Length;
        using Tensor scratch = empty(parts * size);
        float* qkv = TensorMemory.Pointer<float>(inputs[0]);
        float* above = TensorMemory.Pointer<float>(gradient);
        float* to = TensorMemory.Pointer<float>(result);
        float* logs = TensorMemory.Pointer<float>(kept!);
        float* scores = TensorMemory.Pointer<float>(scratch);
        Threads.Share(parts, part =>
        {
            (long start, long end) = WorkRange.Of((long)shape.Batch * heads, part, parts, 1);
            for (long pair = start; pair < end; pair++)
            {
                long at = shape.Offset(pair);
                long of = (3 * at) - (2 * shape.Column(pair));
                if (isPortable)
                {
                    new PortableAttention(shape, qkv + of, scores + (part * size), isCausal, dropout, pair).Backward(above + at, logs + (pair * shape.Length), to + of);
                    continue;
                }

                new AttentionKernel(shape, qkv + of, scores + (part * size), Rows).Backward(above + at, logs + (pair * shape.Length), to + of);
            }
        });
        GC.KeepAlive(inputs);
        GC.KeepAlive(kept);
        GC.KeepAlive(gradient);
        return [result];
    }

    /// <summary>The sizes of an input <c>[batch, length, 3·width]</c>.</summary>
    internal readonly struct Sizes(Tensor input, int heads)
    {
        public int Batch { get; } = (int)input.size(0);

        public int Length { get; } = (int)input.size(1);

        public int Width { get; } = (int)(input.size(2) / 3);

        /// <summary>The number of columns of a head.</summary>
        public int Head { get; } = (int)(input.size(2) / 3 / heads);

        /// <summary>The first column of the head of a pair of sample and head.</summary>
        public long Column(long pair) => pair % heads * Head;

        /// <summary>The offset of the first value of a pair in the output.</summary>
        public long Offset(long pair) => (pair / heads * Length * Width) + Column(pair);
    }
}
