using Regimen.Engine;
using static TorchSharp.torch;

namespace Regimen.Layers;

/// <summary>The arithmetic of a <see cref="LinearChain"/>, split by output units: each thread has its own rows of each weight and of its
/// gradient, forward, backward and in the optimizer, so that they stay in that core's cache.</summary>
internal static unsafe class ChainProducts
{
    /// <summary>Computes the output and keeps nothing for a backward pass: each thread runs some of the rows through all layers.</summary>
    public static Tensor Infer(Tensor input, Linear[] layers)
    {
        using Tensor rows = input.contiguous();
        int batch = (int)rows.size(0);
        Tensor output = empty(batch, layers[^1].OutFeatures);
        float* from = TensorMemory.Pointer<float>(rows);
        float* to = TensorMemory.Pointer<float>(output);
        LinearPointers[] places = [.. layers.Select(LinearPointers.Of)];

        // Two buffers hold the values between layers in turn.
        long widest = layers.SkipLast(1).Select(l => l.OutFeatures).Append(0).Max();
        using Tensor? between = layers.Length > 1 ? empty(2, batch, widest) : null;
        float* scratch = between is null ? null : TensorMemory.Pointer<float>(between);

        int parts = LinearKernel.PartsOf(layers.Sum(l => l.InFeatures * l.OutFeatures) * batch, batch);
        Share(parts, part =>
        {
            (long start, long end) = WorkRange.Of(batch, part, parts, LinearKernel.Granule);
            float* x = from + (start * layers[0].InFeatures);
            for (int i = 0; i < layers.Length; i++)
            {
                bool isLast = i == layers.Length - 1;
                float* y = isLast ? to + (start * layers[i].OutFeatures) : scratch + ((((i % 2) * batch) + start) * widest);
                if (Arithmetic.IsPortable)
                {
                    new PortableKernel(layers[i], places[i], (int)(end - start), parts: 1).Forward(0, x, y, rectifies: !isLast);
                }
                else
                {
                    new LinearKernel(layers[i], places[i], (int)(end - start), parts: 1).Forward(0, x, y, rectify: !isLast);
                }

                x = y;
            }
        });
        GC.KeepAlive(layers);
        return output;
    }

    /// <summary>Runs any number of parts on all threads.</summary>
    private static void Share(int parts, Action<int> work)
    {
        int threads = Math.Min(parts, Threads.Parts);
        Threads.Share(threads, thread =>
        {
            for (int part = thread * parts / threads; part < (thread + 1) * parts / threads; part++)
            {
                work(part);
            }
        });
    }

    /// <summary>Computes the output, and returns it with the hidden layers' values, layer after layer.</summary>
    public static (Tensor Output, Tensor? Hidden) Forward(Tensor rows, Linear[] layers, LinearPointers[] places)
    {
        int batch = (int)rows.size(0);
        Tensor? hidden = HiddenValues(layers, batch) is > 0 and var values ? empty(values) : null;
        Tensor output = empty(batch, layers[^1].OutFeatures);
        float* from = TensorMemory.Pointer<float>(rows);
        float* free = hidden is null ? null : TensorMemory.Pointer<float>(hidden);
        for (int i = 0; i < layers.Length; i++)
        {
            Linear layer = layers[i];
            bool isLast = i == layers.Length - 1;
            float* to = isLast ? TensorMemory.Pointer<float>(output) : free;
            if (Arithmetic.IsPortable)
            {
                var portable = new PortableKernel(layer, places[i], batch);
                Threads.Share(portable.Parts, part => portable.Forward(part, from, to, rectifies: !isLast));
            }
            else
            {
                var work = new LinearKernel(layer, places[i], batch);
                Threads.Share(work.Parts, part => work.Forward(part, from, to, rectify: !isLast));
            }

            from = to;
            free += (long)batch * layer.OutFeatures;
        }

        GC.KeepAlive(rows);
        GC.KeepAlive(layers);
        return (output, hidden);
    }

    /// <summary>Computes the gradients of the rows and, where they are not added in place, of each layer's weight and bias.</summary>
    public static IEnumerable<Tensor?> Backward(ChainState state, Tensor rows, Tensor? hidden, Tensor gradient)
    {
        int batch = (int)rows.size(0);
        Linear[] layers = state.Layers;
        (LinearPointers[] places, Tensor?[] parameterGradients) = Places(state);

        // A layer's parts read what the parts of the layer above wrote, and write for the layer below: two buffers in turn.
        long widest = layers.Skip(1).Select(l => l.InFeatures).Append(state.InputWantsGradient ? layers[0].InFeatures : 0).Max();
        int partials = Threads.Parts;
        using Tensor scratch = empty(Math.Max(1, ((2 * partials) + 1) * widest * batch));
        float* buffer = TensorMemory.Pointer<float>(scratch);
        float* own = buffer + (2 * partials * widest * batch);

        float* activations = hidden is null ? null : TensorMemory.Pointer<float>(hidden) + hidden.numel();
        var above = new PartialSums((nint)TensorMemory.Pointer<float>(gradient), 1);

        // Below the lowest layer that is trained, no gradient is needed.
        int lowest = state.InputWantsGradient ? 0 : Math.Max(0, Array.FindIndex(places, p => p.WeightGradient != 0 || p.BiasGradient != 0));
        for (int i = layers.Length - 1; i >= lowest; i--)
        {
            Linear layer = layers[i];
            bool isTop = i == layers.Length - 1;
            float* output = isTop ? null : activations;
            activations -= (long)batch * layer.InFeatures;
            float* input = i == 0 ? TensorMemory.Pointer<float>(rows) : activations;
            if (Arithmetic.IsPortable)
            {
                // One term, and the ReLU below is in it: see PortableKernel.Backward.
                bool needsBelow = i > lowest || state.InputWantsGradient;
                bool isRectified = i > 0;
                var portable = new PortableKernel(layer, places[i], batch);
                float* complete = above.Of(0, 0);
                float* to = needsBelow ? buffer + ((i % 2) * partials * widest * batch) : null;
                Threads.Share(portable.Parts, part => portable.Backward(part, complete, input, to, isRectified));
                above = new PartialSums((nint)to, 1);
                continue;
            }

            var work = new LinearKernel(layer, places[i], batch);
            var below = new PartialSums(i > lowest || state.InputWantsGradient ? (nint)(buffer + ((i % 2) * partials * widest * batch)) : 0, work.Parts);
            PartialSums upper = above;
            Threads.Share(work.Parts, part => work.Backward(part, upper, isTop ? null : own, output, input, below));
            above = below;
        }

        Tensor? inputGradient = null;
        if (state.InputWantsGradient)
        {
            inputGradient = empty(rows.shape);
            above.SumTo(TensorMemory.Pointer<float>(inputGradient), inputGradient.numel());
        }

        // Only addresses were passed to the threads: outside a dispose scope the garbage collector could free the tensors.
        GC.KeepAlive(rows);
        GC.KeepAlive(hidden);
        GC.KeepAlive(gradient);
        GC.KeepAlive(state);
        return parameterGradients.Prepend(inputGradient);
    }

    /// <summary>Returns the addresses that each layer's gradients are added to, and the gradients that autograd gets: one per parameter, or null.
    /// The gradient of a parameter in a trainer's flat buffers is added there; any other parameter that needs a gradient (a layer of the
    /// objective, or one that was unfrozen after the buffers were created) gets it through autograd.</summary>
    private static (LinearPointers[] Places, Tensor?[] Gradients) Places(ChainState state)
    {
        var gradients = new Tensor?[state.Trained.Length];
        var places = new LinearPointers[state.Layers.Length];
        FlatParameters? buffers = FlatParameters.Gathering;
        for (int i = 0, at = 0; i < places.Length; i++)
        {
            Linear layer = state.Layers[i];
            FlatGradients? flat = buffers is null ? null : FlatGradients.Of(layer, buffers);
            places[i] = state.Places[i] with { WeightGradient = Place(layer.Weight, flat?.Weight ?? 0, at++) };
            if (layer.Bias is { } bias)
            {
                places[i] = places[i] with { BiasGradient = Place(bias, flat?.Bias ?? 0, at++) };
            }
        }

        return (places, gradients);

        nint Place(Tensor parameter, nint inBuffers, int index)
        {
            if (!state.Trained[index] || !parameter.requires_grad)
            {
                return 0;
            }

            return inBuffers != 0 ? inBuffers : LinearPointers.Address(gradients[index] = zeros_like(parameter, requires_grad: false));
        }
    }

    private static long HiddenValues(Linear[] layers, int batch) => layers.SkipLast(1).Sum(l => l.OutFeatures) * batch;
}
