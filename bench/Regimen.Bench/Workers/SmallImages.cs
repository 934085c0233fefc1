using Regimen.Data;
using Regimen.Datasets;
using static TorchSharp.torch;

namespace Regimen.Bench.Workers;

/// <summary>Random colour images of 32×32 in memory: as many as a measurement needs, of the size of CIFAR's.</summary>
public static class SmallImages
{
    private const int Count = 1280;
    private const int Classes = 10;
    private static readonly SampleShape Shape = new(3, 32, 32);

    /// <summary>Creates the images.</summary>
    [Dataset("small_images")]
    public static DataSplits Load()
        => new() { Train = new ImageDataset(Pixels(), [.. Enumerable.Range(0, Count).Select(i => i % Classes)], Shape, [.. Enumerable.Range(0, Classes).Select(c => $"{c}")]) };

    /// <summary>Returns the images as one float tensor <c>[1280, 3, 32, 32]</c>, and their classes.</summary>
    internal static (Tensor Inputs, Tensor Targets) AsTensors()
        => (tensor(Pixels()).to(float32).div(255).reshape(Shape.Batch(Count)).DetachFromDisposeScope(), arange(Count).remainder(Classes).DetachFromDisposeScope());

    private static byte[] Pixels() => [.. Enumerable.Range(0, Count * Shape.Elements).Select(i => (byte)(uint)((i * 2654435761L) >> 13))];
}
