using Regimen.Kernels;

namespace Regimen.Tests.Kernels;

/// <summary>Tests that products have the bits of their definition: for any shape, distance between rows, division among threads and width of
/// vectors.</summary>
public sealed class LinearProductsTests
{
    public static TheoryData<string> Widths =>
        [.. Enum.GetValues<VectorWidth>().Where(w => w == VectorWidth.Scalar || (w <= LinearProducts.Width && (w == VectorWidth.Bits128) == (LinearProducts.Width == VectorWidth.Bits128))).Select(w => w.ToString())];

    [Theory]
    [MemberData(nameof(Widths))]
    public void Products_have_the_bits_of_the_definition(string width)
    {
        for (int seed = 100; seed < 136; seed++)
        {
            Check(ProductCases.Drawn(seed, special: seed % 3 == 0), Enum.Parse<VectorWidth>(width), threads: 1 + (seed % 4));
        }
    }

    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(33, 10, 128)]
    [InlineData(8, 64, 257)]
    [InlineData(128, 65, 256)]
    [InlineData(129, 300, 512)]
    [InlineData(13, 1, 513)]
    [InlineData(481, 33, 40)]
    [InlineData(30, 490, 256)]
    [InlineData(300, 40, 1024)]
    [InlineData(2, 257, 12)]
    public void Products_at_the_borders_of_blocks_have_the_bits_of_the_definition(int batch, int outputs, int inputs)
    {
        var products = new ProductCases(batch + outputs, batch, outputs, inputs);
        foreach (string width in Widths.Select(w => w.Data))
        {
            Check(products, Enum.Parse<VectorWidth>(width), threads: 1 + (batch % 3));
        }
    }

    /// <summary>An endless product must not read or write beyond a matrix, so the bounds are checked where it is created.</summary>
    [Fact]
    public void A_matrix_that_is_too_large_for_its_memory_is_refused()
    {
        float[] values = new float[20];
        Assert.Equal(4, new Matrix(values, 4, 5, 5).Rows);
        Assert.Equal(3, new Matrix(values, 3, 6, 7).Rows);
        Assert.Throws<ArgumentOutOfRangeException>(() => new Matrix(values, 3, 7, 7).Rows);
        Assert.Throws<ArgumentOutOfRangeException>(() => new Matrix(values, 2, 5, 4).Rows);
        Assert.Throws<ArgumentOutOfRangeException>(() => new Matrix(values, 0, 5, 5).Rows);
        Assert.Throws<ArgumentException>(() => LinearProducts.InputGradient(new(values, 2, 3, 3), new(values, 4, 5, 5), new(values, 2, 5, 5)));
    }

    [Fact]
    public void A_product_allocates_nothing()
    {
        var products = new ProductCases(5, 20, 70, 30);
        float[] x = new float[20 * 30], w = new float[70 * 30], y = new float[20 * 70];
        Repeat(2);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Repeat(10);
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());

        void Repeat(int times)
        {
            for (int i = 0; i < times; i++)
            {
                LinearProducts.Forward(new(x, 20, 30, 30), new(w, 70, 30, 30), default, new(y, 20, 70, 70), rectifies: true);
                LinearProducts.AddWeightGradient(new(y, 20, 70, 70), new(x, 20, 30, 30), new(w, 70, 30, 30));
                LinearProducts.InputGradient(new(y, 20, 70, 70), new(w, 70, 30, 30), new(x, 20, 30, 30));
            }
        }
    }

    private static void Check(ProductCases products, VectorWidth width, int threads)
    {
        float[][] expected = products.Defined();
        float[][] actual = products.Computed(width, threads);
        for (int i = 0; i < expected.Length; i++)
        {
            for (int at = 0; at < expected[i].Length; at++)
            {
                Assert.True(
                    BitConverter.SingleToInt32Bits(expected[i][at]) == BitConverter.SingleToInt32Bits(actual[i][at]) || (float.IsNaN(expected[i][at]) && float.IsNaN(actual[i][at])),
                    $"result {i}, value {at}: expected {expected[i][at]:R}, received {actual[i][at]:R}");
            }
        }
    }
}
