using Regimen.Datasets;
using Regimen.Tests.TestKit;

namespace Regimen.Tests.Datasets;

public sealed class IdxFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Compression_is_detected_by_content_not_by_name(bool packed)
    {
        byte[] bytes = IdxBytes.Of(0x08, [2, 1, 3], 1, 2, 3, 250, 251, 255);
        string path = _folder.Write(packed ? "images" : "images.gz", packed ? IdxBytes.Packed(bytes) : bytes);

        IdxFile file = IdxFile.Read(path);

        Assert.Equal(IdxElementType.UInt8, file.ElementType);
        Assert.Equal([2, 1, 3], file.Dimensions);
        Assert.Equal(16, file.DataOffset);
        Assert.Equal([1, 2, 3, 250, 251, 255], file.Values<byte>().ToArray());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Every_element_type_is_read_big_endian(bool packed)
    {
        Assert.Equal([(sbyte)-128, (sbyte)127], Read(0x09, [0x80, 0x7F]).Values<sbyte>().ToArray());
        Assert.Equal([(short)-2, (short)258], Read(0x0B, [0xFF, 0xFE, 0x01, 0x02]).Values<short>().ToArray());
        Assert.Equal([-2, 0x01020304], Read(0x0C, [0xFF, 0xFF, 0xFF, 0xFE, 1, 2, 3, 4]).Values<int>().ToArray());
        Assert.Equal([1.5f, -2f], Read(0x0D, [0x3F, 0xC0, 0, 0, 0xC0, 0, 0, 0]).Values<float>().ToArray());
        Assert.Equal(
            [1.5, -2.0], Read(0x0E, [0x3F, 0xF8, 0, 0, 0, 0, 0, 0, 0xC0, 0, 0, 0, 0, 0, 0, 0]).Values<double>().ToArray());

        IdxFile Read(byte type, byte[] values)
        {
            byte[] bytes = IdxBytes.Of(type, [2], values);
            return IdxFile.Read(_folder.Write("values", packed ? IdxBytes.Packed(bytes) : bytes));
        }
    }

    [Fact]
    public void Values_of_another_type_than_that_of_the_file_are_rejected()
    {
        IdxFile file = IdxFile.Read(_folder.Write("values", IdxBytes.Of(0x0C, [1], 0, 0, 0, 1)));
        Assert.Throws<InvalidOperationException>(() => file.Values<float>().Length);
    }

    [Fact]
    public void Highly_compressed_values_are_read_completely()
    {
        byte[] values = new byte[5_000_000];
        values[^1] = 7;
        IdxFile file = IdxFile.Read(_folder.Write("zeros.gz", IdxBytes.Packed(IdxBytes.Of(0x08, [values.Length], values))));
        Assert.True(file.Values<byte>().SequenceEqual(values));
    }

    /// <summary>The message, the bytes of the file, the location after the file name, and the received value.</summary>
    public static TheoryData<string, byte[], string, string?> Wrong => new()
    {
        { "The file is empty", [], "", null },
        { "ends within its header", [0, 0, 8], ", byte 3", "3 bytes" },
        { "ends within its header", [0, 0, 8, 2, 0, 0, 0, 1, 0], ", byte 9", "9 bytes" },
        { "not an idx file", "{ \"a\": 1 }"u8.ToArray(), ", byte 0", "0x7B 0x20" },
        { "element type is unknown", IdxBytes.Of(0x0A, [1], 5), ", byte 2", "0x0A" },
        { "no dimensions", [0, 0, 8, 0, 5], ", byte 3", "0" },
        { "Dimension 2 is out of range", IdxBytes.Of(0x08, [1, 0], []), ", byte 8", "0" },
        { "Dimension 1 is out of range", IdxBytes.Of(0x08, [-5], 1), ", byte 4", "-5" },
        { "The array is too large", IdxBytes.Of(0x08, [65_536, 65_536], 1), ", byte 8", "4294967296 or more" },
        { "The array is too large", IdxBytes.Of(0x0E, [int.MaxValue, int.MaxValue, int.MaxValue], 1), ", byte 4", "17179869176 or more" },
        { "truncated", IdxBytes.Of(0x08, [4], 1, 2, 3), ", byte 11", "11 bytes" },
        { "truncated", IdxBytes.Of(0x08, [2_000_000_000], 1, 2, 3), ", byte 11", "11 bytes" },
        { "has data after the last value", IdxBytes.Of(0x08, [2], 1, 2, 3), ", byte 10", "11 bytes" },
        { "truncated", IdxBytes.Packed(IdxBytes.Of(0x08, [4], 1, 2, 3)), ", uncompressed byte 11", "11 bytes" },
        { "has data after the last value", IdxBytes.Packed(IdxBytes.Of(0x08, [2], 1, 2, 3)), ", uncompressed byte 10", "more" },
        { "ends within its header", IdxBytes.Packed([0, 0, 8, 2]), ", uncompressed byte 4", "4 bytes" },
        { "than a file of this size can contain", IdxBytes.Packed(IdxBytes.Of(0x08, [2_000_000_000], 1)), ", uncompressed byte 8", "2000000000 bytes of values" },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public void An_invalid_file_is_rejected_with_its_location(string message, byte[] bytes, string place, string? received)
    {
        string path = _folder.Write("data", bytes);

        Problem problem = Refused(path);

        Assert.Contains(message, problem.Message, StringComparison.Ordinal);
        Assert.Equal(path + place, problem.Where);
        Assert.Equal(received, problem.Received);
        Assert.NotNull(problem.Expected);
        Assert.NotNull(problem.Hint);
    }

    [Fact]
    public void A_compressed_file_truncated_anywhere_is_rejected()
    {
        byte[] packed = IdxBytes.Packed(IdxBytes.Of(0x08, [300], [.. Enumerable.Range(0, 300).Select(i => (byte)(i * i))]));
        for (int length = 1; length < packed.Length; length++)
        {
            Problem problem = Refused(_folder.Write("data.gz", packed.AsSpan(0, length)));
            Assert.NotNull(problem.Hint);
        }
    }

    [Fact]
    public void Damage_anywhere_in_the_compressed_content_is_rejected()
    {
        byte[] packed = IdxBytes.Packed(IdxBytes.Of(0x08, [300], [.. Enumerable.Range(0, 300).Select(i => (byte)(i * i))]));
        const int GzipHeader = 10;
        for (int i = GzipHeader; i < packed.Length; i++)
        {
            // Flip the lowest bit: in the last byte of the content, only high bits may be unused.
            packed[i] ^= 1;
            Problem problem = Refused(_folder.Write("data.gz", packed));
            Assert.NotNull(problem.Hint);
            packed[i] ^= 1;
        }
    }

    [Fact]
    public void Bytes_after_the_compressed_content_are_rejected()
    {
        byte[] packed = [.. IdxBytes.Packed(IdxBytes.Of(0x08, [1], 9)), 1, 2, 3, 4];
        Problem problem = Refused(_folder.Write("data.gz", packed));
        Assert.Equal("67305985", problem.Received);
        Assert.EndsWith($", byte {packed.Length - 4}", problem.Where, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_file_is_rejected_with_its_path()
        => Assert.Contains(_folder["none"], Refused(_folder["none"]).Expected, StringComparison.Ordinal);

    [Fact]
    public void A_folder_is_rejected() => Assert.Equal("The path is a folder", Refused(_folder.FullPath).Message);

    [Fact]
    public void A_header_with_a_wrong_size_allocates_no_memory()
    {
        string path = _folder.Write("data.gz", IdxBytes.Packed(IdxBytes.Of(0x08, [20_000], 1)));
        string plain = _folder.Write("data", IdxBytes.Of(0x08, [2_000_000_000], 1));
        Refused(path);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Refused(plain);
        Refused(_folder.Write("bomb.gz", IdxBytes.Packed(IdxBytes.Of(0x08, [2_000_000_000], 1))));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1_000_000);
    }

    private static Problem Refused(string path)
        => Assert.Single(Assert.Throws<RequestException>(() => IdxFile.Read(path)).Problems);
}
