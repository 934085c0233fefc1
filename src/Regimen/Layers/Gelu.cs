using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Regimen.Engine;
using static TorchSharp.torch;

namespace Regimen.Layers;

/// <summary>GELU in its tanh form, as in GPT-2: <c>0.5·x·(1 + tanh(√(2/π)·(x + 0.044715·x³)))</c> (Hendrycks and Gimpel, 2016). TorchSharp has only the
/// form with erf.</summary>
public sealed class Gelu() : nn.Module<Tensor, Tensor>(nameof(Gelu)), IPortable
{
    private static readonly Kernel Operation = new();

    /// <inheritdoc/>
    public string? MachineOperation => null;

    /// <summary>Returns a tensor of the input's shape.</summary>
    public override Tensor forward(Tensor input) => Arithmetic.IsPortable ? ElementOperation<GeluTanhFunction>.Run(input) : FusedFunction.Run(Operation, input);

    /// <summary>Computes <c>x·σ(2u)</c>, which is the same: <c>0.5·(1 + tanh u) = σ(2u)</c>.</summary>
    private sealed unsafe class Kernel : FusedOperation
    {
        // 2·√(2/π), and that times 0.044715.
        private const float Linear = 1.5957691216f;
        private const float Cubic = 0.0713548163f;
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

        public override Tensor Reference(Tensor[] inputs)
        {
            Tensor x = inputs[0];
            using TorchSharp.Scalar linear = Linear;
            using TorchSharp.Scalar cubic = Cubic;
            return x.mul(x.mul(linear).add(x.pow(3).mul(cubic)).sigmoid());
        }

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
                Value(Vector256.Load(x + i)).Store(y + i);
            }

            for (; i < end; i++)
            {
                y[i] = Value(Vector256.Create(x[i]))[0];
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private static void Backward(float* x, float* above, float* to, long start, long end)
        {
            long i = start;
            for (; i + Vector256<float>.Count <= end; i += Vector256<float>.Count)
            {
                (Vector256.Load(above + i) * Derivative(Vector256.Load(x + i))).Store(to + i);
            }

            for (; i < end; i++)
            {
                to[i] = above[i] * Derivative(Vector256.Create(x[i]))[0];
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static Vector256<float> Value(Vector256<float> x) => x * Sigmoid(x, x * x);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static Vector256<float> Derivative(Vector256<float> x)
        {
            Vector256<float> square = x * x;
            Vector256<float> sigmoid = Sigmoid(x, square);
            return sigmoid + (x * sigmoid * (Vector256<float>.One - sigmoid) * ((square * (3 * Cubic)) + Vector256.Create(Linear)));
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static Vector256<float> Sigmoid(Vector256<float> x, Vector256<float> square)
            => Vector256<float>.One / (Vector256<float>.One + FastExp.Of(-x * ((square * Cubic) + Vector256.Create(Linear))));
    }
}
