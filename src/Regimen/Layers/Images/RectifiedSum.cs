using Regimen.Engine;
using Regimen.Kernels;
using static TorchSharp.torch;

namespace Regimen.Layers;

/// <summary><c>relu(a + b)</c> of images, divided among the threads: the end of a residual block.</summary>
internal sealed unsafe class RectifiedSum : ImageOperation
{
    private static readonly RectifiedSum Operation = new();

    /// <summary>Whether the operation can run.</summary>
    public static bool CanRun(Tensor a, Tensor b) => Arithmetic.IsPortable && ImageOperation.CanRun(a, b) && a.shape.AsSpan().SequenceEqual(b.shape);

    /// <summary>Returns the sum's positive part.</summary>
    public static Tensor Run(Tensor a, Tensor b) => FusedFunction.Run(Operation, a, b);

    public override Tensor ArrangeInput(Tensor input, int index) => ImageLayout.Of(input);

    public override (Tensor Output, Tensor? Kept) Forward(Tensor[] inputs, bool isTraining)
    {
        Tensor output = Like(inputs[0]);
        float* a = ImageLayout.Pointer(inputs[0]);
        float* b = ImageLayout.Pointer(inputs[1]);
        float* y = ImageLayout.Pointer(output);
        Share(output, (start, length) => ElementSums.Rectified(a + start, b + start, y + start, length));
        GC.KeepAlive(inputs);
        return (output, isTraining ? output : null);
    }

    public override Tensor?[] Backward(Tensor[] inputs, Tensor? kept, Tensor gradient, bool[] wanted)
    {
        Tensor result = Like(gradient);
        float* y = ImageLayout.Pointer(kept!);
        float* g = ImageLayout.Pointer(gradient);
        float* to = ImageLayout.Pointer(result);
        Share(result, (start, length) => PartialSums.Mask(y + start, g + start, to + start, length));
        GC.KeepAlive(kept);
        GC.KeepAlive(gradient);
        return [result, result];
    }

    public override Tensor Reference(Tensor[] inputs) => inputs[0].add(inputs[1]).relu();

    private static Tensor Like(Tensor images) => ImageLayout.Empty(images.size(0), images.size(1), images.size(2), images.size(3));

    private static void Share(Tensor images, Action<long, long> work)
    {
        int channels = (int)images.size(1);
        ChannelKernel.Share(images.numel() / channels, channels, (first, end) => work(first * channels, (end - first) * channels));
    }
}
