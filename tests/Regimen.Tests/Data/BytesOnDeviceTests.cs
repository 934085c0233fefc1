using Regimen.Data;
using Regimen.Engine;
using Regimen.Loading;
using Regimen.Reproducibility;
using Regimen.Transforms;
using static TorchSharp.torch;

namespace Regimen.Tests.Data;

/// <summary>Tests of what is done for a device, on the CPU: the arithmetic is the same there.</summary>
public sealed class BytesOnDeviceTests
{
    [Theory]
    [InlineData(1, 0, 1)]
    [InlineData(1, 1, 3)]
    [InlineData(3, 1, 5)]
    [InlineData(3, 3, 7)]
    public void Bytes_converted_after_the_copy_have_the_bits_of_bytes_converted_before_it(int channels, int pairs, int count)
    {
        var shape = new SampleShape(channels, 5, 7);
        byte[] pixels = new byte[11 * shape.Elements];
        RandomStream random = RandomStream.For(5, RandomPurpose.Order, 0, 0);
        for (int i = 0; i < pixels.Length; i++)
        {
            pixels[i] = (byte)(random.NextDouble() * 256);
        }

        var images = new ImageDataset(pixels, [.. Enumerable.Range(0, 11).Select(i => i % 3)], shape, ["a", "b", "c"]);
        var some = new Subset(images, [10, 2, 3, 7, 1, 0, 9]);
        ITransform[] transforms = pairs == 0 ? [] : [new Normalize([.. Enumerable.Range(0, pairs).Select(i => 0.1307 + (0.11 * i))], [.. Enumerable.Range(0, pairs).Select(i => 0.3081 - (0.07 * i))])];
        foreach (IDataset set in (IDataset[])[images, some])
        {
            int[] order = [.. Enumerable.Range(0, count).Select(i => (i * 5) % set.Count)];
            (float[] floats, long[] targets, ElementType type) = Batch(set, transforms, order, keepsBytes: false);
            (float[] converted, long[] same, ElementType kept) = Batch(set, transforms, order, keepsBytes: true);
            Assert.Equal((ElementType.Float32, ElementType.UInt8), (type, kept));
            Assert.Equal(targets, same);
            Assert.Equal(floats.Select(BitConverter.SingleToUInt32Bits), converted.Select(BitConverter.SingleToUInt32Bits));
        }
    }

    [Fact]
    public void Samples_that_a_transform_changes_are_floats_before_the_copy()
    {
        var images = new ImageDataset(new byte[2 * 3 * 16], [0, 1], new SampleShape(3, 4, 4), ["a", "b"]);
        var assembler = new BatchAssembler(images, [new HorizontalFlip()], mixing: null, keepsBytes: true);
        Assert.Equal(ElementType.Float32, assembler.Fields[0].Type);
    }

    [Fact]
    public void A_slot_has_each_value_that_was_ordered()
    {
        using var slot = new HostSlot(CPU);
        Assert.False(slot.IsAwaited);
        foreach (float value in (float[])[0, -1.5f, float.NaN, float.PositiveInfinity, 1e-40f])
        {
            using Tensor computed = tensor(value);
            slot.Order(computed);
            Assert.True(slot.IsAwaited);
            computed.fill_(99);
            Assert.Equal(value, slot.Read());
            Assert.False(slot.IsAwaited);
        }
    }

    private static (float[] Inputs, long[] Targets, ElementType Type) Batch(IDataset set, ITransform[] transforms, int[] order, bool keepsBytes)
    {
        var assembler = new BatchAssembler(set, transforms, mixing: null, keepsBytes);
        using var buffer = new BatchBuffer(assembler.Fields, order.Length + 1);
        assembler.Fill(new EpochPlan(1, 1, order, null), 0, order.Length, buffer, scratch: null);
        using TorchSharp.DisposeScope scope = NewDisposeScope();
        Batch batch = buffer.ToBatch(order.Length, order, CPU, channelsLast: false);
        (float[], long[], ElementType) values = (TensorMemory.Span<float>(batch.Input.contiguous()).ToArray(), TensorMemory.Span<long>(batch.Target).ToArray(), assembler.Fields[0].Type);
        batch.DisposeTensors();
        return values;
    }
}
