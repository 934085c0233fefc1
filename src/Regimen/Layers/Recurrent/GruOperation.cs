using Regimen.Engine;
using Regimen.Kernels;
using static TorchSharp.torch;

namespace Regimen.Layers;

/// <summary>The steps of one layer of gated recurrent units, from the gates of its inputs. Threads take samples; products are those of
/// <see cref="LinearProducts"/>, and the sums of the weight's gradient run over samples and times in their order.</summary>
internal sealed unsafe class GruOperation : FusedOperation
{
    private const int Granule = 4;
    private static readonly GruOperation Operation = new();

    private GruOperation()
    {
    }

    /// <summary>Returns the states of all times, <c>[batch, time, width]</c>.</summary>
    /// <param name="gates"><c>x·W_ihᵀ + b_ih</c>, <c>[batch, time, 3·width]</c>.</param>
    /// <param name="weight">W_hh, <c>[3·width, width]</c>.</param>
    /// <param name="bias">b_hh, <c>[3·width]</c>.</param>
    public static Tensor Run(Tensor gates, Tensor weight, Tensor bias) => FusedFunction.Run(Operation, gates, weight, bias);

    public override (Tensor Output, Tensor? Kept) Forward(Tensor[] inputs, bool isTraining)
    {
        (int batch, int time, int width) = Sizes(inputs);

        // The states before and after each step, then what the backward pass needs of each.
        Tensor states = zeros(batch, time + 1, width);
        Tensor kept = empty(batch, time, 4 * width);
        using Tensor scratch = empty(batch, 3 * width);
        float* gates = TensorMemory.Pointer<float>(inputs[0]);
        float* weight = TensorMemory.Pointer<float>(inputs[1]);
        float* bias = TensorMemory.Pointer<float>(inputs[2]);
        float* h = TensorMemory.Pointer<float>(states);
        float* keep = TensorMemory.Pointer<float>(kept);
        float* from = TensorMemory.Pointer<float>(scratch);
        int parts = Parts(batch);
        Threads.Share(parts, part =>
        {
            (long start, long end) = WorkRange.Of(batch, part, parts, Granule);
            int rows = (int)(end - start);
            float* state = h + (start * (time + 1) * width);
            for (int t = 0; t < time && rows > 0; t++, state += width)
            {
                LinearProducts.Forward(
                    Matrix.At(state, rows, width, (time + 1) * width), Matrix.At(weight, 3 * width, width, width), new Span<float>(bias, 3 * width),
                    Matrix.At(from + (start * 3 * width), rows, 3 * width, 3 * width), rectifies: false);
                for (int row = 0; row < rows; row++)
                {
                    long at = ((start + row) * time) + t;
                    float* own = state + ((long)row * (time + 1) * width);
                    GruCell.Forward(gates + (at * 3 * width), from + ((start + row) * 3 * width), own, own + width, keep + (at * 4 * width), width);
                }
            }
        });
        GC.KeepAlive(inputs);
        Tensor output = states.narrow(1, 1, time).contiguous();
        return (output, cat([states.flatten(), kept.flatten()]));
    }

    public override Tensor?[] Backward(Tensor[] inputs, Tensor? kept, Tensor gradient, bool[] wanted)
    {
        (int batch, int time, int width) = Sizes(inputs);
        Tensor ofGates = empty_like(inputs[0]);
        Tensor ofState = empty_like(inputs[0]);
        using Tensor before = kept!.narrow(0, 0, (long)batch * (time + 1) * width).view(batch, time + 1, width).narrow(1, 0, time).contiguous();
        using Tensor scratch = zeros(2, batch, width);
        float* weight = TensorMemory.Pointer<float>(inputs[1]);
        float* h = TensorMemory.Pointer<float>(before);
        float* keep = TensorMemory.Pointer<float>(kept) + ((long)batch * (time + 1) * width);
        float* above = TensorMemory.Pointer<float>(gradient);
        float* toGates = TensorMemory.Pointer<float>(ofGates);
        float* toState = TensorMemory.Pointer<float>(ofState);
        float* carry = TensorMemory.Pointer<float>(scratch);
        float* product = carry + ((long)batch * width);
        int parts = Parts(batch);
        Threads.Share(parts, part =>
        {
            (long start, long end) = WorkRange.Of(batch, part, parts, Granule);
            int rows = (int)(end - start);
            for (int t = time - 1; t >= 0 && rows > 0; t--)
            {
                for (long row = start; row < end; row++)
                {
                    long at = (row * time) + t;
                    float* own = carry + (row * width);
                    LinearKernel.Add(above + (at * width), own, width);
                    GruCell.Backward(own, h + (at * width), keep + (at * 4 * width), toGates + (at * 3 * width), toState + (at * 3 * width), own, width);
                }

                LinearProducts.InputGradient(
                    Matrix.At(toState + (((start * time) + t) * 3 * width), rows, 3 * width, time * 3 * width), Matrix.At(weight, 3 * width, width, width),
                    Matrix.At(product + (start * width), rows, width, width));
                LinearKernel.Add(product + (start * width), carry + (start * width), rows * width);
            }
        });

        Tensor ofWeight = zeros_like(inputs[1]);
        Tensor ofBias = zeros_like(inputs[2]);
        var place = new LinearPointers((nint)weight, 0, LinearPointers.Address(ofWeight), LinearPointers.Address(ofBias));
        var kernel = new PortableKernel(place, checked(batch * time), width, 3 * width);
        Threads.Share(kernel.Parts, part => kernel.Backward(part, toState, h, below: null, isRectified: false));
        GC.KeepAlive(inputs);
        GC.KeepAlive(kept);
        GC.KeepAlive(gradient);
        GC.KeepAlive(ofState);
        return [ofGates, ofWeight, ofBias];
    }

    public override Tensor Reference(Tensor[] inputs)
    {
        Tensor h = zeros([inputs[0].size(0), inputs[1].size(1)], inputs[0].dtype, inputs[0].device);
        var states = new List<Tensor>();
        for (long t = 0; t < inputs[0].size(1); t++)
        {
            Tensor[] own = inputs[0].select(1, t).chunk(3, 1);
            Tensor[] from = nn.functional.linear(h, inputs[1], inputs[2]).chunk(3, 1);
            Tensor r = own[0].add(from[0]).sigmoid();
            Tensor z = own[1].add(from[1]).sigmoid();
            Tensor n = own[2].add(r.mul(from[2])).tanh();
            h = n.sub(z.mul(n)).add(z.mul(h));
            states.Add(h);
        }

        return stack(states, 1);
    }

    private static int Parts(int batch) => Math.Clamp(batch / Granule, 1, Threads.Parts);

    private static (int Batch, int Time, int Width) Sizes(Tensor[] inputs) => ((int)inputs[0].size(0), (int)inputs[0].size(1), (int)inputs[1].size(1));
}
