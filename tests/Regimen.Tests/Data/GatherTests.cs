using System.Runtime.Intrinsics.X86;
using System.Text.Json.Nodes;
using Regimen.Data;
using Regimen.Loading;
using Regimen.Reproducibility;
using Regimen.Tests.TestKit;
using Regimen.Transforms;

namespace Regimen.Tests.Data;

public sealed class GatherTests
{
    [Fact]
    public unsafe void Every_vector_width_of_the_pixel_kernel_gives_the_same_bits()
    {
        byte[] bytes = [.. Enumerable.Range(0, 1000).Select(i => (byte)(i * 7))];
        foreach (int length in (int[])[0, 1, 7, 8, 15, 16, 17, 31, 32, 33, 63, 64, 65, 100, 127, 128, 129, 784, 1000])
        {
            float[] expected = Pass(PixelKernel.ScaleOneByOne);
            float product = bytes[length / 2] * 0.0127f;
            Assert.Equal(length == 0 ? [] : [product + -0.42f], expected.Skip(length / 2).Take(1));
            Assert.Equal(expected, Pass((f, t, n, s, o) => PixelKernel.Scale(f, t, n, s, o, f)));
            Assert.Equal(expected, length < 16 ? expected : Pass((f, t, n, s, o) => PixelKernel.Scale128(f, t, n, s, o, f)));
            Assert.Equal(expected, length < 8 || !Avx2.IsSupported ? expected : Pass((f, t, n, s, o) => PixelKernel.Scale256(f, t, n, s, o, f)));
            Assert.Equal(expected, length < 16 || !Avx512F.IsSupported ? expected : Pass((f, t, n, s, o) => PixelKernel.Scale512(f, t, n, s, o, f)));

            float[] Pass(Kernel kernel)
            {
                var received = new float[length + 2];
                fixed (byte* from = bytes)
                fixed (float* to = &received[1])
                {
                    kernel(from, to, length, 0.0127f, -0.42f);
                }

                Assert.Equal((0f, 0f), (received[0], received[^1]));
                return received[1..^1];
            }
        }
    }

    private unsafe delegate void Kernel(byte* from, float* to, int length, float scale, float offset);

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(13)]
    [InlineData(1100)]
    public void Gathered_floats_are_scaled_by_the_formula(int width)
    {
        var shape = new SampleShape(2, 1, width);
        float[] inputs = [.. Enumerable.Range(0, 20 * shape.Elements).Select(i => (i * 0.37f) - 5)];
        var set = ArrayDataset.ForRegression(inputs, new float[20], shape, SampleShape.Scalar);
        int[] picked = [19, 0, 7, 7, 3, 12, 1];
        using var buffer = new BatchBuffer(set.Fields, picked.Length);
        foreach (ChannelScale scale in (ChannelScale[])[ChannelScale.Identity, new([0.3f], [0.7f]), new([0.3f, -2.1f], [0.7f, 0.1f])])
        {
            set.Gather(picked, scale, buffer);
            for (int i = 0; i < buffer.Floats("input").Length; i++)
            {
                int inRow = i % shape.Elements;
                (float factor, float offset) = scale[inRow / width];
                float product = inputs[(picked[i / shape.Elements] * shape.Elements) + inRow] * factor;
                Assert.Equal(product + offset, buffer.Floats("input")[i]);
            }
        }
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(9)]
    public void An_index_outside_the_set_is_refused(int index)
    {
        ImageDataset images = TinyData.Images(9, new SampleShape(1, 2, 2));
        using var buffer = new BatchBuffer(images.Fields, 2);
        Assert.Throws<ArgumentOutOfRangeException>(() => images.Gather([0, index], ChannelScale.Identity, buffer));
        Assert.Throws<ArgumentOutOfRangeException>(() => images.Gather([0, 1, 2], ChannelScale.Identity, buffer));
    }

    [Fact]
    public void The_pixel_kernel_writes_only_its_samples()
    {
        var received = new float[100];
        Array.Fill(received, 99f);
        PixelKernel.Scale(new byte[70], received.AsSpan(5, 70), 1, 0);
        Assert.All(received[..5].Concat(received[75..]), v => Assert.Equal(99f, v));
    }

    [Fact]
    public void Gathered_images_are_normalised_per_channel()
    {
        var shape = new SampleShape(3, 4, 5);
        ImageDataset images = TinyData.Images(9, shape);
        double[] mean = [0.1, 0.5, 0.9];
        double[] std = [0.2, 0.3, 1.5];
        using var buffer = new BatchBuffer(images.Fields, 2);
        images.Gather([7, 3], new Normalize(mean, std).Scale, buffer);
        int[] picked = [7, 3];
        for (int row = 0; row < 2; row++)
        {
            for (int i = 0; i < shape.Elements; i++)
            {
                int source = (picked[row] * shape.Elements) + i;
                double pixel = (byte)((source * 31) + (source / shape.Elements)) / 255.0;
                int channel = i / 20;
                Assert.Equal((pixel - mean[channel]) / std[channel], buffer.Floats("input")[(row * shape.Elements) + i], tolerance: 2e-6);
            }
        }

        Assert.Equal([7L, 3L], buffer.Longs("target").ToArray());
    }

    [Fact]
    public void The_random_numbers_of_a_transform_depend_only_on_seed_epoch_and_sample()
    {
        float[] Read(int workers, int batchSize, int epoch)
        {
            using DataLoader loader = DataLoader.ForTraining(
                TinyData.Images(40, new SampleShape(1, 3, 3)), new LoaderOptions { BatchSize = batchSize, Workers = workers, Shuffle = false }, [new Normalize(0.5, 0.5), new Jitter()]);
            return [.. loader.Epoch(3, epoch).SelectMany(b => Inputs(b))];
        }

        float[] expected = Read(workers: 0, batchSize: 1, epoch: 2);
        Assert.Equal(expected, Read(workers: 3, batchSize: 7, epoch: 2));
        Assert.NotEqual(expected, Read(workers: 3, batchSize: 7, epoch: 1));
    }

    [Fact]
    public void HoldOut_has_every_sample_once_and_is_a_function_of_the_seed()
    {
        ArrayDataset all = TinyData.Numbered(101);
        (Subset train, Subset heldOut) = RandomSplit.HoldOut(all, 0.2, seed: 3);
        Assert.Equal((81, 20), (train.Count, heldOut.Count));
        Assert.Equal(Enumerable.Range(0, 101).Select(i => (float)i), Numbers(train).Concat(Numbers(heldOut)).Order());
        Assert.Equal(Numbers(heldOut), Numbers(RandomSplit.HoldOut(all, 0.2, seed: 3).HeldOut));
        Assert.NotEqual(Numbers(heldOut), Numbers(RandomSplit.HoldOut(all, 0.2, seed: 4).HeldOut));
    }

    [Fact]
    public void Labels_outside_the_classes_are_refused()
        => Assert.Contains(
            "received 3 for sample 1", Assert.Throws<ArgumentException>(() => ArrayDataset.ForClassification(new float[2], [0, 3], new SampleShape(1), ["a", "b"])).Message, StringComparison.Ordinal);

    private static float[] Inputs(Batch batch) => Regimen.Engine.TensorMemory.Span<float>(batch.Input).ToArray();

    private static float[] Numbers(IDataset set)
    {
        using DataLoader loader = DataLoader.ForEvaluation(set);
        return [.. loader.Epoch(0, 0).SelectMany(Inputs)];
    }

    private sealed class Jitter : ITransform
    {
        public SampleShape Transformed(SampleShape input) => input;

        public void Apply(ReadOnlySpan<float> input, Span<float> output, SampleShape shape, ref RandomStream random)
        {
            for (int i = 0; i < input.Length; i++)
            {
                output[i] = input[i] + (float)random.NextDouble();
            }
        }

        public JsonObject Describe() => [];
    }
}
