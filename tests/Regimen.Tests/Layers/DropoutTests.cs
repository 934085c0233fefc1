using Regimen.Engine;
using Regimen.Layers;
using TorchSharp;
using static TorchSharp.torch;

namespace Regimen.Tests.Layers;

public sealed class DropoutTests
{
    [Fact]
    public void A_part_of_a_mask_has_the_factors_of_the_whole()
    {
        float[] whole = new float[1000], part = new float[77];
        DropoutMask.Fill(whole, 4711, 0.3);
        foreach (uint start in (uint[])[0, 3, 8, 901])
        {
            DropoutMask.Fill(part, 4711, 0.3, start);
            Assert.Equal(whole[(int)start..((int)start + part.Length)], part);
        }
    }

    [Theory]
    [InlineData(0.1)]
    [InlineData(0.25)]
    [InlineData(0.5)]
    [InlineData(0.9)]
    public void A_mask_has_the_requested_fraction_of_zeros_and_scales_the_rest(double probability)
    {
        float[] mask = new float[200_003];
        DropoutMask.Fill(mask, 12345, probability);
        int zeros = mask.Count(m => m == 0);
        double deviation = Math.Sqrt(mask.Length * probability * (1 - probability));
        Assert.InRange(zeros, (mask.Length * probability) - (4 * deviation), (mask.Length * probability) + (4 * deviation));
        Assert.All(mask, m => Assert.True(m == 0 || m == (float)(1 / (1 - probability))));

        // Neighbouring values, and the masks of neighbouring keys, are independent.
        float[] next = new float[mask.Length];
        DropoutMask.Fill(next, 12346, probability);
        double both = mask.Length * probability * probability;
        double slack = 5 * Math.Sqrt(both);
        Assert.InRange(mask.Zip(next).Count(p => p.First == 0 && p.Second == 0), both - slack, both + slack);
        Assert.InRange(mask.Skip(1).Zip(mask).Count(p => p.First == 0 && p.Second == 0), both - slack, both + slack);
        Assert.InRange(mask.Skip(8).Zip(mask).Count(p => p.First == 0 && p.Second == 0), both - slack, both + slack);
    }

    /// <summary>The mask is not kept with portable bits, and its factors are the same.</summary>
    [Fact]
    public void With_portable_bits_values_and_gradients_have_the_factors_of_the_mask()
    {
        using DisposeScope scope = NewDisposeScope();
        using var layer = new Dropout(0.3);
        Tensor input = randn(37, 1203).requires_grad_();
        Tensor above = randn(37, 1203);
        string machine = Measured();
        using IDisposable bits = Arithmetic.Borrow(Bits.Portable);
        foreach (int threads in (int[])[1, 2, 3])
        {
            using IDisposable borrowed = Threads.Borrow(threads, SharedBy.Layers);
            Assert.Equal(machine, Measured());
        }

        string Measured()
        {
            TorchRandom.SeedInitialization(5);
            Tensor output = layer.call(input);
            return string.Concat(autograd.grad([output], [input], [above]).Prepend(output.detach()).Select(t => Convert.ToHexString(t.bytes)));
        }
    }

    /// <summary>It does not depend on the length of the mask.</summary>
    [Fact]
    public void A_value_of_a_mask_depends_only_on_its_index()
    {
        float[] mask = new float[37];
        DropoutMask.Fill(mask, 99, 0.5);
        for (int length = 1; length < mask.Length; length++)
        {
            float[] shorter = new float[length];
            DropoutMask.Fill(shorter, 99, 0.5);
            Assert.Equal(mask[..length], shorter);
        }
    }

    [Fact]
    public void The_gradient_is_zero_where_the_value_was_dropped()
    {
        using var layer = new Dropout(0.5);
        using Tensor input = ones(3, 50).requires_grad_();
        using Tensor output = layer.call(input);
        output.sum().backward();
        Assert.Equal(TensorMemory.Span<float>(output.detach()).ToArray(), TensorMemory.Span<float>(input.grad!).ToArray());
        Assert.Contains(0f, TensorMemory.Span<float>(output.detach()).ToArray());
    }

    [Fact]
    public void Masks_are_a_function_of_the_seed_of_the_step()
    {
        using var layer = new Dropout(0.5);
        using Tensor input = ones(100);
        float[] first = Draw(step: 1);
        Assert.NotEqual(first, Draw(step: 2));
        Assert.Equal(first, Draw(step: 1));

        float[] Draw(long step)
        {
            TorchRandom.SeedStep(7, 1, step);
            using Tensor output = layer.call(input);
            return TensorMemory.Span<float>(output).ToArray();
        }
    }

    [Fact]
    public void Nothing_is_dropped_in_evaluation()
    {
        using var layer = new Dropout(0.5);
        layer.eval();
        using Tensor input = ones(100);
        using Tensor output = layer.call(input);
        Assert.DoesNotContain(0f, TensorMemory.Span<float>(output).ToArray());
    }

    [Fact]
    public void Other_types_use_the_dropout_of_libtorch()
    {
        using var layer = new Dropout(0.5);
        using Tensor input = ones(1000, float64);
        using Tensor output = layer.call(input);
        Assert.Equal(float64, output.dtype);
        Assert.InRange(output.sum().ToDouble(), 800, 1200);
    }
}
