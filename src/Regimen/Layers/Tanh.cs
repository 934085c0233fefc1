using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Regimen.Engine;
using static TorchSharp.torch;

namespace Regimen.Layers;

/// <summary>The hyperbolic tangent, with bits that are the same on every processor.</summary>
/// <remarks><c>1 − 2 / (e^2x + 1)</c>, and for |x| below 0.625, where that loses digits, an odd polynomial (Cephes, <c>tanhf</c>).</remarks>
internal static class Tanh
{
    private static readonly Operation Kernel = new();

    /// <summary>Returns a tensor of the input's shape.</summary>
    public static Tensor Of(Tensor input)
    {
        if (!Arithmetic.IsPortable)
        {
            return input.tanh();
        }

        if (input.dim() != 4)
        {
            return FusedFunction.Run(Kernel, input);
        }

        // Images of convolutions have the channels last, and that view is contiguous.
        Tensor images = ImageLayout.Of(input);
        using Tensor? copy = ReferenceEquals(images, input) ? null : images;
        using Tensor moved = images.permute(0, 2, 3, 1);
        using Tensor output = FusedFunction.Run(Kernel, moved);
        return output.permute(0, 3, 1, 2);
    }

    /// <summary>Returns the function of a vector.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector256<float> Of(Vector256<float> x)
    {
        Vector256<float> size = Vector256.Abs(x);
        Vector256<float> square = x * x;
        Vector256<float> p = Vector256.Create(-5.70498872745e-3f);
        p = (p * square) + Vector256.Create(2.06390887954e-2f);
        p = (p * square) + Vector256.Create(-5.37397155531e-2f);
        p = (p * square) + Vector256.Create(1.33314422036e-1f);
        p = (p * square) + Vector256.Create(-3.33332819422e-1f);
        Vector256<float> small = (p * square * x) + x;
        Vector256<float> large = Vector256<float>.One - (Vector256.Create(2f) / (FastExp.Of(size + size) + Vector256<float>.One));
        Vector256<float> signed = large | (x & Vector256.Create(-0f));
        return Vector256.ConditionalSelect(Vector256.LessThan(size, Vector256.Create(0.625f)), small, signed);
    }

    private sealed unsafe class Operation : FusedOperation
    {
        private const long SmallestPart = 16_384;

        public override (Tensor Output, Tensor? Kept) Forward(Tensor[] inputs, bool isTraining)
        {
            Tensor output = empty_like(inputs[0]);
            float* x = TensorMemory.Pointer<float>(inputs[0]);
            float* y = TensorMemory.Pointer<float>(output);
            Share(output.numel(), (start, end) => Forward(x, y, start, end));
            GC.KeepAlive(inputs);
            return (output, null);
        }

        public override Tensor[] Backward(Tensor[] inputs, Tensor? kept, Tensor gradient)
        {
            Tensor result = empty_like(gradient);
            float* x = TensorMemory.Pointer<float>(inputs[0]);
            float* above = TensorMemory.Pointer<float>(gradient);
            float* to = TensorMemory.Pointer<float>(result);
            Share(result.numel(), (start, end) => Backward(x, above, to, start, end));
            GC.KeepAlive(inputs);
            GC.KeepAlive(gradient);
            return [result];
        }

        public override Tensor Reference(Tensor[] inputs) => inputs[0].tanh();

        private static void Share(long length, Action<long, long> work)
        {
            int parts = (int)Math.Clamp(length / SmallestPart, 1, Threads.Parts);
            Threads.Share(parts, part =>
            {
                (long start, long end) = WorkRange.Of(length, part, parts, Vector256<float>.Count);
                work(start, end);
            });
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private static void Forward(float* x, float* y, long start, long end)
        {
            long i = start;
            for (; i + Vector256<float>.Count <= end; i += Vector256<float>.Count)
            {
                Of(Vector256.Load(x + i)).Store(y + i);
            }

            for (; i < end; i++)
            {
                y[i] = Of(Vector256.Create(x[i]))[0];
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private static void Backward(float* x, float* above, float* to, long start, long end)
        {
            long i = start;
            for (; i + Vector256<float>.Count <= end; i += Vector256<float>.Count)
            {
                Derivative(Vector256.Load(x + i), Vector256.Load(above + i)).Store(to + i);
            }

            for (; i < end; i++)
            {
                to[i] = Derivative(Vector256.Create(x[i]), Vector256.Create(above[i]))[0];
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static Vector256<float> Derivative(Vector256<float> x, Vector256<float> above)
        {
            Vector256<float> y = Of(x);
            return above * (Vector256<float>.One - (y * y));
        }
    }
}
