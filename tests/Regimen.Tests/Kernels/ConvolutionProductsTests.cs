using Regimen.Kernels;

namespace Regimen.Tests.Kernels;

/// <summary>Tests that convolutions have the bits of their definition: for any sizes, division among threads and width of vectors.</summary>
public sealed class ConvolutionProductsTests
{
    [Fact]
    public void Convolutions_have_the_bits_of_the_definition()
    {
        for (int seed = 1; seed < 49; seed++)
        {
            Check(ConvolutionCases.Drawn(seed, special: seed % 3 == 0), 1 + (seed % 4), $"case {seed}");
        }
    }

    [Fact]
    public void Convolutions_at_the_borders_of_blocks_have_the_bits_of_the_definition()
    {
        // More than 480 positions, 256 products, 32 outputs; a stride larger than the kernel; a kernel larger than the image without its padding.
        Check(new(1, new(5, (11, 10), 30, 33, (3, 3), (1, 1), (1, 1), (1, 1), 1)), 2, "blocks");
        Check(new(2, new(2, (17, 19), 3, 40, (2, 1), (5, 4), (0, 0), (1, 1), 1)), 3, "stride");
        Check(new(3, new(3, (2, 3), 5, 4, (5, 5), (1, 2), (2, 2), (1, 1), 1)), 1, "padding");
        Check(new(4, new(3, (8, 8), 64, 64, (1, 1), (1, 1), (0, 0), (1, 1), 1)), 4, "one position");
        Check(new(5, new(2, (9, 9), 12, 24, (3, 3), (2, 2), (1, 1), (2, 2), 12)), 2, "depthwise");
    }

    /// <summary>Images whose lines are read in place, or copied once with zeros around.</summary>
    [Fact]
    public void Convolutions_on_whole_lines_have_the_bits_of_the_definition()
    {
        // Without padding; a stride; several images in a block with padding; groups; an image of which the memory has room for some lines only.
        Check(new(1, new(2, (26, 24), 33, 7, (3, 3), (1, 1), (0, 0), (1, 1), 1)), 2, "in place");
        Check(new(2, new(3, (13, 16), 48, 5, (2, 3), (2, 3), (0, 0), (2, 1), 1)), 3, "in place with a stride");
        Check(new(3, new(5, (7, 9), 40, 18, (3, 3), (1, 1), (1, 2), (1, 1), 1)), 1, "several images");
        Check(new(4, new(4, (8, 7), 44, 36, (3, 3), (1, 1), (1, 1), (1, 1), 2)), 4, "groups");
        Check(new(5, new(1, (47, 46), 65, 2, (3, 2), (1, 1), (1, 1), (1, 1), 1)), 1, "some lines");
        Check(new(6, new(2, (47, 46), 65, 1, (2, 2), (2, 1), (2, 1), (3, 1), 1)), 2, "some lines of two images");
    }

    [Fact]
    public void Sizes_that_do_not_fit_are_refused()
    {
        Assert.Equal((3, 4), Sizes(new(1, (7, 9), 4, 6, (3, 3), (2, 2), (0, 0), (1, 1), 2)));
        Assert.Throws<ArgumentException>(() => new ConvolutionShape(1, (7, 9), 4, 6, (8, 3), (2, 2), (0, 0), (1, 1), 2));
        Assert.Throws<ArgumentException>(() => new ConvolutionShape(1, (7, 9), 4, 6, (3, 3), (2, 2), (0, 0), (1, 1), 3));
        Assert.Throws<ArgumentException>(() => new ConvolutionShape(1, (7, 9), 4, 6, (3, 3), (0, 2), (0, 0), (1, 1), 2));
        Assert.Throws<ArgumentException>(() => new ConvolutionShape(int.MaxValue, (7, 9), 4, 6, (3, 3), (1, 1), (0, 0), (1, 1), 1));

        static (int, int) Sizes(ConvolutionShape shape) => (shape.OutputHeight, shape.OutputWidth);
    }

    private static void Check(ConvolutionCases convolution, int threads, string name)
    {
        float[][] expected = convolution.Defined();
        foreach (VectorWidth width in LinearProductsTests.Widths)
        {
            foreach ((int result, (float[] First, float[] Second) values) in expected.Zip(convolution.Computed(width, threads)).Index())
            {
                int at = Enumerable.Range(0, values.First.Length).FirstOrDefault(i => !LinearProductsTests.AreSame(values.First[i], values.Second[i]), -1);
                Assert.True(at < 0, at < 0 ? null : $"{name}, {width}, result {result}, value {at}: expected {values.First[at]:R}, received {values.Second[at]:R}");
            }
        }
    }
}
