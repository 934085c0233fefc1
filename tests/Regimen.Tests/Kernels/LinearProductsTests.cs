using Regimen.Engine;
using Regimen.Kernels;
using Regimen.Reproducibility;

namespace Regimen.Tests.Kernels;

/// <summary>Tests that products have the bits of their definition: for any shape, distance between rows, division among threads and width of
/// vectors.</summary>
public sealed class LinearProductsTests
{
    /// <summary>The widths that this processor supports.</summary>
    internal static readonly VectorWidth[] Widths =
    [
        VectorWidth.Scalar,
        .. Lanes128.IsSupported ? [VectorWidth.Bits128] : Array.Empty<VectorWidth>(),
        .. Lanes256.IsSupported ? [VectorWidth.Bits256] : Array.Empty<VectorWidth>(),
        .. Lanes512.IsSupported ? [VectorWidth.Bits512] : Array.Empty<VectorWidth>(),
    ];

    [Fact]
    public void Products_have_the_bits_of_the_definition()
    {
        for (int seed = 100; seed < 136; seed++)
        {
            Check(ProductCases.Drawn(seed, special: seed % 3 == 0), threads: 1 + (seed % 4));
        }
    }

    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(33, 10, 128)]
    [InlineData(8, 64, 257)]
    [InlineData(128, 65, 256)]
    [InlineData(129, 70, 512)]
    [InlineData(13, 1, 513)]
    [InlineData(481, 33, 40)]
    [InlineData(9, 490, 130)]
    [InlineData(70, 40, 1030)]
    [InlineData(2, 257, 12)]
    public void Products_at_the_borders_of_blocks_have_the_bits_of_the_definition(int batch, int outputs, int inputs)
    {
        Check(new ProductCases(batch + outputs, batch, outputs, inputs), threads: 1 + (batch % 3));
    }

    /// <summary>A single chain would be 13 times as wrong as BLAS for the longest of these sums. With several threads BLAS
    /// may split a sum, which makes it shorter.</summary>
    [Theory]
    [InlineData(250, false)]
    [InlineData(1000, true)]
    [InlineData(10_000, false)]
    [InlineData(100_000, true)]
    public unsafe void Long_sums_are_as_exact_as_those_of_BLAS(int length, bool isPositive)
    {
        const int batch = 24, outputs = 32;
        RandomStream random = RandomStream.For(1, RandomPurpose.Order);
        float[] x = Values(batch * length), w = Values(outputs * length), ours = new float[batch * outputs], theirs = new float[batch * outputs];
        LinearProducts.Forward(new(x, batch, length, length), new(w, outputs, length, length), default, new(ours, batch, outputs, outputs), rectifies: false);
        Assert.SkipUnless(Sgemm.IsAvailable, "this libtorch does not export its BLAS");
        Threads.Use(1);
        fixed (float* a = x, b = w, c = theirs)
        {
            Sgemm.Multiply(new(a, length), new(b, length, isTransposed: true), new(c, outputs), batch, outputs, length, 0);
        }

        Assert.InRange(Error(ours), 0, 2 * Error(theirs));

        float[] Values(int count) => [.. Enumerable.Range(0, count).Select(_ => (float)(isPositive ? random.NextDouble() : (2 * random.NextDouble()) - 1))];

        double Error(float[] results) => Math.Sqrt(results.Index().Sum(r =>
        {
            double exact = 0;
            for (int k = 0; k < length; k++)
            {
                exact += (double)x[(r.Index / outputs * length) + k] * w[(r.Index % outputs * length) + k];
            }

            return (r.Item - exact) * (r.Item - exact);
        }));
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

    private static void Check(ProductCases products, int threads)
    {
        float[][] expected = products.Defined();
        foreach (VectorWidth width in Widths)
        {
            foreach ((int result, (float[] First, float[] Second) values) in expected.Zip(products.Computed(width, threads)).Index())
            {
                int at = Enumerable.Range(0, values.First.Length).FirstOrDefault(i => !AreSame(values.First[i], values.Second[i]), -1);
                Assert.True(at < 0, at < 0 ? null : $"{width}, result {result}, value {at}: expected {values.First[at]:R}, received {values.Second[at]:R}");
            }
        }
    }

    /// <summary>Whether the bits are the same, or both are NaN.</summary>
    internal static bool AreSame(float a, float b) => BitConverter.SingleToInt32Bits(a) == BitConverter.SingleToInt32Bits(b) || (float.IsNaN(a) && float.IsNaN(b));
}
