using Regimen.Engine;
using Regimen.Kernels;
using Regimen.Layers;
using TorchSharp;
using static TorchSharp.torch;

namespace Regimen.Tests.Kernels;

/// <summary>Tests that transposed convolutions have the bits of their definition: for any sizes, division among threads and width of vectors.</summary>
public sealed class TransposedProductsTests
{
    [Fact]
    public void Transposed_convolutions_have_the_bits_of_the_definition()
    {
        for (int seed = 1; seed < 41; seed++)
        {
            var transposed = new TransposedCases(seed, special: seed % 3 == 0);
            float[][] expected = transposed.Defined();
            foreach (VectorWidth width in LinearProductsTests.Widths)
            {
                AssertSame(expected, transposed.Computed(width, 1 + (seed % 4)), $"case {seed}, {width}");
            }
        }
    }

    [Fact]
    public void The_layer_has_the_bits_of_the_definition_for_any_number_of_threads()
    {
        try
        {
            Arithmetic.Use(Bits.Portable);
            foreach (int seed in (int[])[3, 4, 7, 8, 12, 15, 30])
            {
                var transposed = new TransposedCases(seed);
                float[][] expected = transposed.Defined();
                foreach (int threads in (int[])[1, 2, 3, 4])
                {
                    Threads.Use(threads, SharedBy.Layers);
                    AssertSame(expected, OfLayer(transposed), $"case {seed}, {threads} threads");
                }
            }
        }
        finally
        {
            Arithmetic.Use(Bits.Machine);
            Threads.Use(1);
        }
    }

    /// <summary>Returns output, weight gradient and input gradient of the layer.</summary>
    private static float[][] OfLayer(TransposedCases transposed)
    {
        using DisposeScope scope = NewDisposeScope();
        ConvolutionShape shape = transposed.Shape;
        using var layer = new ConvTranspose2d(
            shape.Outputs, shape.Inputs, (shape.KernelHeight, shape.KernelWidth), (shape.StrideY, shape.StrideX), (shape.PaddingY, shape.PaddingX), transposed.OutputPadding,
            (shape.DilationY, shape.DilationX), shape.Groups, hasBias: true);
        transposed.Weights.CopyTo(TensorMemory.Span<float>(layer.weight.detach()));
        transposed.Bias.CopyTo(TensorMemory.Span<float>(layer.bias!.detach()));
        Tensor x = Images(transposed.X, shape.OutputHeight, shape.OutputWidth, shape.Outputs);
        Tensor y = layer.call(x);
        Assert.Equal([shape.Batch, shape.Inputs, shape.Height, shape.Width], y.shape);
        Tensor[] gradients;
        using (var parameters = new FlatParameters(layer))
        {
            // The trainer's buffers: gradients are added to what is in them.
            transposed.Start.CopyTo(TensorMemory.Span<float>(parameters.Ranges[0].View(parameters.Gradients)));
            using (parameters.Gather())
            {
                gradients = [.. autograd.grad([layer.call(x)], [x], [Images(transposed.Gradient, shape.Height, shape.Width, shape.Inputs)])];
            }

            gradients = [parameters.Ranges[0].View(parameters.Gradients).clone(), .. gradients];
        }

        return [Floats(y.permute(0, 2, 3, 1)), Floats(gradients[0]), Floats(gradients[1].permute(0, 2, 3, 1))];

        Tensor Images(float[] values, int height, int width, int channels) => tensor(values).view(shape.Batch, height, width, channels).permute(0, 3, 1, 2).requires_grad_();
    }

    private static float[] Floats(Tensor values) => TensorMemory.Span<float>(values.detach().contiguous()).ToArray();

    private static void AssertSame(float[][] expected, float[][] received, string name)
    {
        foreach ((int result, (float[] First, float[] Second) values) in expected.Zip(received).Index())
        {
            Assert.Equal(values.First.Length, values.Second.Length);
            int at = Enumerable.Range(0, values.First.Length).FirstOrDefault(i => !LinearProductsTests.AreSame(values.First[i], values.Second[i]), -1);
            Assert.True(at < 0, at < 0 ? null : $"{name}, result {result}, value {at}: expected {values.First[at]:R}, received {values.Second[at]:R}");
        }
    }
}
