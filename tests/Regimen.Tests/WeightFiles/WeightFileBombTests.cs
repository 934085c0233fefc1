using System.IO.Compression;
using System.Text;
using Regimen.Tests.TestKit;
using Regimen.WeightFiles;

namespace Regimen.Tests.WeightFiles;

/// <summary>Small files that describe a content which would fill the memory, or run a program.</summary>
public sealed class WeightFileBombTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string, string> Bombs => new()
    {
        { "a tensor that repeats one value", "does not fit into its storage" },
        { "a tensor beyond its storage", "does not fit into its storage" },
        { "a negative stride", "shape of a tensor is not valid" },
        { "an overflowing shape", "does not fit into its storage" },
        { "a storage larger than the file", "missing or has another size" },
        { "empty lists", "twice the file's size" },
        { "remembered values", "twice the file's size" },
        { "a value remembered far away", "out of order" },
        { "doubling dictionaries", "twice the file's size" },
        { "a deep nest", "nested more than" },
        { "a text longer than the file", "ends too early" },
        { "empty tensors in a header", "twice the file's size" },
        { "a compressed archive", "compressed or encrypted" },
        { "dimensions without end", "more than 64 numbers" },
    };

    [Theory]
    [MemberData(nameof(Bombs))]
    public void A_bomb_is_refused_without_its_memory(string kind, string message)
    {
        byte[] bytes = Bomb(kind);
        string path = _folder.Write("bomb", bytes);
        _ = Assert.Throws<RequestException>(() => WeightFile.Open(path));
        long before = GC.GetAllocatedBytesForCurrentThread();
        RequestException refusal = Assert.Throws<RequestException>(() => WeightFile.Open(path));
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.Contains(message, refusal.Problems[0].ToString(), StringComparison.Ordinal);
        Assert.InRange(allocated, 0, (2 * bytes.Length) + (1 << 20) + (1 << 18));
    }

    [Theory]
    [InlineData("cposix\nsystem\n", "posix.system")]
    [InlineData("cos\nsystem\n", "os.system")]
    [InlineData("c__builtin__\neval\n", "__builtin__.eval")]
    [InlineData("ctorch.nn.modules.linear\nLinear\n", "torch.nn.modules.linear.Linear")]
    [InlineData("ccollections\nOrderedDict\n", null)]
    public void A_name_outside_of_a_state_dict_is_refused_by_its_name(string global, string? name)
    {
        string proof = _folder["proof"];
        var file = new TorchBytes().Op([0x80, 2, (byte)'}', (byte)'(']).Text("w");
        file.Tensor(file.Storage([1]), 1, 0, [1], [1]).Text("call").Op(Encoding.ASCII.GetBytes(global));
        _ = name is null ? file.Op(")R"u8) : file.Text($"touch {proof}").Op([0x85, (byte)'R']);
        string path = _folder.Write("call.pth", file.Op("u."u8).Archive());
        if (name is null)
        {
            using WeightFile opened = WeightFile.Open(path);
            Assert.Equal("w", Assert.Single(opened.Entries).Name);
            return;
        }

        Problem problem = Assert.Single(Assert.Throws<RequestException>(() => WeightFile.Open(path)).Problems);
        Assert.Equal((path, name), (problem.Where, problem.Received));
        Assert.Contains("refused", problem.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(proof));
    }

    public void Dispose() => _folder.Dispose();

    private static byte[] Bomb(string kind)
    {
        TorchBytes file = new TorchBytes().Op([0x80, 2]);
        switch (kind)
        {
            case "a tensor that repeats one value":
                return Dictionary(file, f => f.Tensor(f.Storage([1]), 1, 0, [1_000_000_000_000], [0]));
            case "a tensor beyond its storage":
                return Dictionary(file, f => f.Tensor(f.Storage([1, 2, 3]), 3, 1, [2], [2]));
            case "a negative stride":
                return Dictionary(file, f => f.Tensor(f.Storage([1, 2, 3]), 3, 2, [3], [-1]));
            case "an overflowing shape":
                return Dictionary(file, f => f.Tensor(f.Storage([1]), 1, 0, [1L << 62, 4], [1, 1]));
            case "a storage larger than the file":
                return Dictionary(file, f => f.Tensor(f.Storage([1]), 1L << 40, 0, [1L << 40], [1]));
            case "empty lists":
                return file.Op([.. Enumerable.Repeat((byte)']', 200_000), (byte)'.']).Archive();
            case "remembered values":
                file.Op("}"u8);
                for (int i = 0; i < 400_000; i++)
                {
                    file.Op("r"u8).Number(i, 4);
                }

                return file.Op("."u8).Archive();
            case "a value remembered far away":
                return file.Op("}r"u8).Number(int.MaxValue, 4).Op("."u8).Archive();
            case "doubling dictionaries":
                // Each level has the one below twice, so that 30 levels have a thousand million values.
                file.Op("(}q"u8).Number(0, 1);
                for (int i = 1; i < 30; i++)
                {
                    file.Op("}("u8).Text("a").Op("h"u8).Number(i - 1, 1).Text("b").Op("h"u8).Number(i - 1, 1).Op("uq"u8).Number(i, 1);
                }

                return file.Op("t."u8).Archive();
            case "a deep nest":
                for (int i = 0; i < 500; i++)
                {
                    file.Op("}("u8).Text("a");
                }

                file.Op("N"u8);
                for (int i = 0; i < 500; i++)
                {
                    file.Op("u"u8);
                }

                return file.Op("."u8).Archive();
            case "a text longer than the file":
                return file.Op("X"u8).Number(int.MaxValue - 1, 4).Op("abc."u8).Archive();
            case "a compressed archive":
                file.Op("}("u8);
                for (int i = 0; i < 1000; i++)
                {
                    file.Text("the same text again and again");
                }

                return file.Op("u."u8).Archive(CompressionLevel.SmallestSize);
            case "dimensions without end":
                return SafetensorsBytes.Of($$$"""{"x":{"dtype":"F32","shape":[{{{string.Join(',', Enumerable.Repeat(1, 100_000))}}}],"data_offsets":[0,4]}}""", new byte[4]);
            default:
                string entries = string.Join(',', Enumerable.Range(0, 40_000).Select(i => $$"""
                    "{{i}}":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}
                    """));
                return SafetensorsBytes.Of($"{{{entries}}}");
        }
    }

    private static byte[] Dictionary(TorchBytes file, Action<TorchBytes> value)
    {
        file.Op("}("u8).Text("x");
        value(file);
        return file.Op("u."u8).Archive();
    }
}
