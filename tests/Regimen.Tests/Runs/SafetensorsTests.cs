using System.Buffers.Binary;
using System.Security.Cryptography;
using Regimen.Engine;
using Regimen.Reproducibility;
using Regimen.Safetensors;
using Regimen.Tests.TestKit;
using TorchSharp;
using static TorchSharp.torch;

namespace Regimen.Tests.Runs;

public sealed class SafetensorsTests
{
    private static readonly Dictionary<string, string> NoMetadata = [];

    [Theory]
    [InlineData(ScalarType.Float64, "F64", 8)]
    [InlineData(ScalarType.Float32, "F32", 4)]
    [InlineData(ScalarType.Float16, "F16", 2)]
    [InlineData(ScalarType.BFloat16, "BF16", 2)]
    [InlineData(ScalarType.Int64, "I64", 8)]
    [InlineData(ScalarType.Int32, "I32", 4)]
    [InlineData(ScalarType.Int16, "I16", 2)]
    [InlineData(ScalarType.Int8, "I8", 1)]
    [InlineData(ScalarType.Byte, "U8", 1)]
    [InlineData(ScalarType.Bool, "BOOL", 1)]
    public void Every_element_type_is_read_back_bit_for_bit(ScalarType type, string name, int size)
    {
        using DisposeScope scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        Tensor values = arange(6, float32).reshape(2, 3).to(type);
        SafetensorsWriter.Write(folder["a"], [new("x", values)], NoMetadata);

        (string written, long[] shape, byte[] bytes, _) = SafetensorsBytes.Tensor(File.ReadAllBytes(folder["a"]), "x");
        Assert.Equal(name, written);
        Assert.Equal([2, 3], shape);
        Assert.Equal(6 * size, bytes.Length);
        Assert.Equal(values.bytes.ToArray(), bytes);

        SafetensorsFile file = SafetensorsFile.Read(folder["a"]);
        Tensor back = file.ToTensor(file.Entry("x"));
        Assert.Equal(type, back.dtype);
        Assert.True(back.eq(values).all().ToBoolean());
    }

    [Fact]
    public void The_bytes_are_those_of_the_format()
    {
        using DisposeScope scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        string digest = SafetensorsWriter.Write(folder["a"], [new("b", tensor(new[] { 1f, -2f })), new("a", tensor(7L))], new Dictionary<string, string> { ["k"] = "\"ü\"" });
        byte[] bytes = File.ReadAllBytes(folder["a"]);

        const string header =
            """{"__metadata__":{"k":"\"ü\""},"a":{"dtype":"I64","shape":[],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[2],"data_offsets":[8,16]}}""";
        int length = (System.Text.Encoding.UTF8.GetByteCount(header) + 7) / 8 * 8;
        string padded = header + new string(' ', length - System.Text.Encoding.UTF8.GetByteCount(header));
        Assert.Equal(SafetensorsBytes.Of(padded, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x80, 0x3F, 0, 0, 0, 0xC0), bytes);
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(bytes)), digest);
        Assert.Equal("\"ü\"", SafetensorsFile.Read(folder["a"]).Metadata["k"]);
    }

    [Fact]
    public void Values_are_aligned_for_memory_mapped_readers()
    {
        using DisposeScope scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        SafetensorsWriter.Write(
            folder["a"], [new("a", ones(3, ScalarType.Bool)), new("b", ones(1, float16)), new("c", ones(5)), new("d", ones(1, int64))], NoMetadata);
        byte[] bytes = File.ReadAllBytes(folder["a"]);
        Assert.Equal([8, 4, 2], new[] { "d", "c", "b" }.Zip([8L, 4, 2], (n, size) => SafetensorsBytes.Tensor(bytes, n).Start % size == 0 ? size : -1));
    }

    [Fact]
    public void Scalars_empty_tensors_and_non_contiguous_views_are_read_back()
    {
        using DisposeScope scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        Tensor matrix = arange(12, float32).reshape(3, 4);
        KeyValuePair<string, Tensor>[] tensors =
        [
            new("scalar", tensor(3.5f)), new("empty", zeros(0, 5)), new("transposed", matrix.t()), new("offset", matrix[1]), new("column", matrix[.., 2]),
            new("grad", ones(2, requires_grad: true)),
        ];
        SafetensorsWriter.Write(folder["a"], tensors, NoMetadata);
        byte[] bytes = File.ReadAllBytes(folder["a"]);
        Assert.Equal([0f, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11], Floats(SafetensorsBytes.Tensor(bytes, "transposed").Values));
        Assert.Equal([4f, 5, 6, 7], Floats(SafetensorsBytes.Tensor(bytes, "offset").Values));
        Assert.Equal([2f, 6, 10], Floats(SafetensorsBytes.Tensor(bytes, "column").Values));

        SafetensorsFile file = SafetensorsFile.Read(folder["a"]);
        foreach ((string name, Tensor expected) in tensors)
        {
            Tensor back = file.ToTensor(file.Entry(name));
            Assert.Equal(expected.shape, back.shape);
            Assert.True(back.eq(expected).all().ToBoolean(), name);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(1000)]
    public void Values_read_in_pieces_are_unchanged(int piece)
    {
        using DisposeScope scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        KeyValuePair<string, Tensor>[] tensors = [new("a", arange(11, float32)), new("b", arange(3, int64)), new("c", zeros(0)), new("d", ones(5, ScalarType.Bool))];
        string digest = SafetensorsWriter.Write(folder["a"], tensors, NoMetadata);
        SafetensorsFile file = SafetensorsFile.Read(folder["a"], piece);
        Assert.Equal(digest, file.Digest);
        Assert.All(tensors, t => Assert.True(file.ToTensor(file.Entry(t.Key)).eq(t.Value).all().ToBoolean()));
        Assert.Equal(Weights.Digest(tensors), WeightsDigest.Of(file));
    }

    [Fact]
    public void A_file_above_2_GB_is_read()
    {
        Assert.SkipUnless(Environment.GetEnvironmentVariable("REGIMEN_LONG") == "1", "takes 10 GB of memory: REGIMEN_LONG=1");
        using DisposeScope scope = NewDisposeScope();
        using var folder = new TemporaryFolder();

        // A sparse file: one tensor above 2 GiB and one after it, all zeros except for the marked bytes.
        const long length = int.MaxValue + 77L;
        byte[] head = SafetensorsBytes.Of($$$"""{"big":{"dtype":"U8","shape":[{{{length}}}],"data_offsets":[0,{{{length}}}]},"small":{"dtype":"U8","shape":[3],"data_offsets":[{{{length}}},{{{length + 3}}}]}}""");
        string path = folder.Write("a", head);
        using (FileStream stream = File.OpenWrite(path))
        {
            stream.SetLength(head.Length + length + 3);
            stream.Position = head.Length + length - 1;
            stream.Write([9, 1, 2, 3]);
        }

        SafetensorsFile file = SafetensorsFile.Read(path);
        using FileStream again = File.OpenRead(path);
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(again)), file.Digest);
        using (Tensor big = file.ToTensor(file.Entry("big")))
        {
            Assert.Equal((length, 9L, 9L), (big.numel(), big.sum().item<long>(), big[^1].item<byte>()));

            // The written tensors have the bytes that were read, and the digest of the tensors is that of the file.
            KeyValuePair<string, Tensor>[] tensors = [new("big", big), new("small", file.ToTensor(file.Entry("small")))];
            SafetensorsFile written = SafetensorsFile.Read(Written(folder["b"], tensors));
            Assert.Equal(file.Pieces(file.Entry("big")).Select(SHA256.HashData), written.Pieces(written.Entry("big")).Select(SHA256.HashData));
            Assert.Equal(WeightsDigest.Of(written), Weights.Digest(tensors));
        }

        Assert.Equal([1, 2, 3], file.Values(file.Entry("small")).ToArray());

        static string Written(string path, KeyValuePair<string, Tensor>[] tensors)
        {
            SafetensorsWriter.Write(path, tensors, NoMetadata);
            return path;
        }
    }

    [Fact]
    public void A_tensor_above_2_GB_is_accessed()
    {
        Assert.SkipUnless(Environment.GetEnvironmentVariable("REGIMEN_LONG") == "1", "takes 10 GB of memory: REGIMEN_LONG=1");
        using Tensor values = zeros(int.MaxValue / 4 + 9L);
        values[^1].fill_(7);
        unsafe
        {
            Assert.Equal(7, TensorMemory.Pointer<float>(values)[int.MaxValue / 4 + 8L]);
        }

        Assert.Equal(7, TensorMemory.Span<float>(values)[^1]);
    }

    [Fact]
    public void A_device_or_a_truncated_file_is_refused()
    {
        using DisposeScope scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        SafetensorsWriter.Write(folder["a"], [new("a", arange(1000, float32))], NoMetadata);
        using (FileStream file = File.OpenWrite(folder["a"]))
        {
            file.SetLength(file.Length - 1);
        }

        Assert.Contains("wrong offsets", Assert.Throws<RequestException>(() => SafetensorsFile.Read(folder["a"])).Problems[0].Message, StringComparison.Ordinal);
        if (OperatingSystem.IsLinux())
        {
            Assert.Contains("not a regular file", Assert.Throws<RequestException>(() => SafetensorsFile.Read("/dev/zero")).Problems[0].Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_file_without_tensors_is_valid()
    {
        using var folder = new TemporaryFolder();
        SafetensorsWriter.Write(folder["a"], [], NoMetadata);
        Assert.Empty(SafetensorsFile.Read(folder["a"]).Entries);
    }

    [Fact]
    public void Writing_leaks_no_native_tensor()
    {
        using var folder = new TemporaryFolder();
        using Tensor values = arange(12, float32);
        using Tensor matrix = values.reshape(3, 4);
        using Tensor view = matrix.t();
        SafetensorsWriter.Write(folder["before"], [new("x", view)], NoMetadata);
        long before = Tensors.SettledCount();
        SafetensorsWriter.Write(folder["a"], [new("x", view)], NoMetadata);
        Weights.Digest([new("x", view)]);
        Tensors.AssertNoneLeaked(before);
    }

    [Fact]
    public void A_duplicate_name_is_refused()
    {
        using DisposeScope scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        Assert.Throws<ArgumentException>(() => SafetensorsWriter.Write(folder["a"], [new("x", ones(1)), new("x", ones(1))], NoMetadata));
        Assert.False(File.Exists(folder["a"]));
    }

    [Theory]
    [InlineData("", "header")]
    [InlineData("[]", "Object")]
    [InlineData("7", "Object")]
    [InlineData("null", "Object")]
    [InlineData("{", "header")]
    [InlineData("""{"x":7}""", "header")]
    [InlineData("""{"x":{"shape":[2],"data_offsets":[0,8]}}""", "dtype")]
    [InlineData("""{"x":{"dtype":"F32","data_offsets":[0,8]}}""", "shape")]
    [InlineData("""{"x":{"dtype":"F32","shape":[2]}}""", "data_offsets")]
    [InlineData("""{"x":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"x":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", "x")]
    [InlineData("""{"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"\u0078":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", "x")]
    [InlineData("""{"x":{"dtype":"F32","dtype":"I32","shape":[2],"data_offsets":[0,8]}}""", "dtype")]
    [InlineData("""{"__metadata__":{"a":"1","a":"2"},"x":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", "a")]
    [InlineData("""{"__metadata__":{"a":1},"x":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", "String")]
    [InlineData("""{"__metadata__":{"a":null},"x":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", "metadata")]
    [InlineData("""{"__metadata__":[],"x":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", "Object")]
    [InlineData("""{"x":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"y":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", "'y'")]
    [InlineData("""{"x":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"y":{"dtype":"U8","shape":[4],"data_offsets":[4,8]}}""", "'y'")]
    [InlineData("""{"x":{"dtype":"F32","shape":[3],"data_offsets":[0,12]}}""", "'x'")]
    [InlineData("""{"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", "length")]
    [InlineData("""{"x":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}""", "'x'")]
    [InlineData("""{"x":{"dtype":"F32","shape":[2],"data_offsets":[-8,0]}}""", "'x'")]
    [InlineData("""{"x":{"dtype":"F32","shape":[2],"data_offsets":[0,8,8]}}""", "offsets")]
    [InlineData("""{"x":{"dtype":"F32","shape":[2],"data_offsets":"0"}}""", "header")]
    [InlineData("""{"x":{"dtype":"F32","shape":[2],"data_offsets":[0,8.5]}}""", "header")]
    [InlineData("""{"x":{"dtype":"F32","shape":[2],"data_offsets":[0,99999999999999999999]}}""", "header")]
    [InlineData("""{"x":{"dtype":"F64","shape":[2],"data_offsets":[0,8]}}""", "'x'")]
    [InlineData("""{"x":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}""", "'x'")]
    [InlineData("""{"x":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}}""", "'x'")]
    [InlineData("""{"x":{"dtype":"F32","shape":[-2,-1],"data_offsets":[0,8]}}""", "'x'")]
    [InlineData("""{"x":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,8]}}""", "'x'")]
    [InlineData("""{"x":{"dtype":"F32","shape":[4611686018427387904],"data_offsets":[0,8]}}""", "'x'")]
    [InlineData("""{"x":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"y":{"dtype":"F32","shape":[4611686018427387904,4,0],"data_offsets":[8,8]}}""", "'y'")]
    [InlineData("""{"x":{"dtype":"F33","shape":[2],"data_offsets":[0,8]}}""", "F33")]
    [InlineData("""{"x":{"dtype":null,"shape":[2],"data_offsets":[0,8]}}""", "dtype")]
    [InlineData("""{"x":{"dtype":"F32","shape":2,"data_offsets":[0,8]}}""", "header")]
    [InlineData("""{"x":{"dtype":"F32","shape":["2"],"data_offsets":[0,8]}}""", "header")]
    [InlineData("""{"\ud800":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", "header")]
    public void An_invalid_header_is_refused_with_the_reason(string header, string reason)
    {
        using var folder = new TemporaryFolder();
        string path = folder.Write("a", SafetensorsBytes.Of(header, new byte[8]));
        Problem problem = Assert.Single(Assert.Throws<RequestException>(() => SafetensorsFile.Read(path)).Problems);
        Assert.Equal(path, problem.Where);
        Assert.Contains("damaged", problem.Message, StringComparison.Ordinal);
        Assert.Contains(reason, problem.ToString(), StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData(long.MaxValue)]
    [InlineData(-1)]
    [InlineData(100_000_001)]
    [InlineData(3)]
    public void A_header_longer_than_the_file_is_refused_before_memory_is_allocated(long length)
    {
        using var folder = new TemporaryFolder();
        var bytes = new byte[10];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, length);
        Assert.Contains("longer than the file", Refusal(folder.Write("a", bytes)), StringComparison.Ordinal);
    }

    [Fact]
    public void A_truncated_file_or_trailing_bytes_are_refused()
    {
        using DisposeScope scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        SafetensorsWriter.Write(folder["whole"], [new("w", arange(3, float32)), new("n", tensor(1L))], new Dictionary<string, string> { ["k"] = "v" });
        byte[] whole = File.ReadAllBytes(folder["whole"]);
        for (int length = 0; length < whole.Length; length++)
        {
            Assert.Contains("damaged", Refusal(folder.Write("cut", whole.AsSpan(0, length))), StringComparison.Ordinal);
        }

        Assert.Contains("does not match its header", Refusal(folder.Write("long", [.. whole, 0])), StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_with_changed_bytes_is_either_loaded_or_refused()
    {
        using DisposeScope scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        SafetensorsWriter.Write(folder["whole"], [new("w", arange(3, float32)), new("n", tensor(1L)), new("e", zeros(0, 2))], new Dictionary<string, string> { ["k"] = "v" });
        byte[] whole = File.ReadAllBytes(folder["whole"]);
        const string telling = "0123456789-\"{}[]:, eE.\\";
        RandomStream random = RandomStream.For(1, RandomPurpose.Augmentation);
        int refused = 0;
        for (int round = 0; round < 600; round++)
        {
            byte[] bytes = [.. whole];
            for (int flips = 1 + random.NextInt32(3); flips > 0; flips--)
            {
                int at = random.NextInt32(bytes.Length);
                bytes[at] = round % 2 == 0 ? (byte)(bytes[at] ^ (1 << random.NextInt32(8))) : (byte)telling[random.NextInt32(telling.Length)];
            }

            try
            {
                SafetensorsFile file = SafetensorsFile.Read(folder.Write("mutant", bytes));
                Assert.All(file.Entries, e => file.ToTensor(e).Dispose());
            }
            catch (RequestException)
            {
                refused++;
            }
        }

        Assert.InRange(refused, 200, 599);
    }

    [Fact]
    public void A_missing_file_and_a_missing_tensor_are_named()
    {
        using var folder = new TemporaryFolder();
        Assert.Contains(folder["none"], Refusal(folder["none"]), StringComparison.Ordinal);
        using Tensor values = ones(1);
        SafetensorsWriter.Write(folder["a"], [new("weight", values)], NoMetadata);
        Problem problem = Assert.Throws<RequestException>(() => SafetensorsFile.Read(folder["a"]).Entry("wieght")).Problems[0];
        Assert.Equal("one of weight", problem.Expected);
    }

    [Fact]
    public void A_path_that_can_not_be_written_is_named()
    {
        Assert.SkipUnless(Directory.Exists("/proc"), "this system has no folder where no user can create a file");
        using Tensor values = ones(1);
        const string path = "/proc/regimen.safetensors";
        Assert.Equal(path, Assert.Throws<WorkFailedException>(() => SafetensorsWriter.Write(path, [new("x", values)], NoMetadata)).Problem.Where);
    }

    private static string Refusal(string path) => Assert.Throws<RequestException>(() => SafetensorsFile.Read(path)).Message;

    private static float[] Floats(byte[] bytes) => [.. bytes.Chunk(4).Select(b => BinaryPrimitives.ReadSingleLittleEndian(b))];
}
