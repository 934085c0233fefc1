using System.Text;
using Regimen.Reproducibility;
using Regimen.Safetensors;
using Regimen.Tests.TestKit;
using Regimen.WeightFiles;
using TorchSharp;
using static TorchSharp.torch;

namespace Regimen.Tests.WeightFiles;

/// <summary>Damaged weight files: each is refused, or its content is the original one. It never crashes, reads outside of the file, or takes more
/// memory than twice the file's size and a constant.</summary>
public sealed class WeightFileMutationTests : IDisposable
{
    private const int Mutants = 2500;

    /// <summary>The budget's 1 MiB, and the buffers of files and hashes.</summary>
    private const long Slack = (1 << 20) + (1 << 18);
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void Two_thousand_five_hundred_damaged_state_dicts_of_PyTorch()
    {
        int refused = Try(TorchBytes.StateDict(), 11, (expected, content) => Assert.Equal(expected, content));
        Assert.InRange(refused, Mutants / 2, Mutants);
    }

    [Fact]
    public void Two_thousand_five_hundred_damaged_safetensors_files()
    {
        using DisposeScope scope = NewDisposeScope();
        string path = _folder["whole"];
        SafetensorsWriter.Write(path, [new("fc.weight", arange(6, float32).reshape(2, 3)), new("n", tensor(7L)), new("empty", zeros(0, 4)), new("half", ones(5, float16))], new Dictionary<string, string> { ["k"] = "v" });

        // The format has no checksum, so that a changed value or name can't be detected; but the digest of the weights then differs.
        int refused = Try(File.ReadAllBytes(path), 12, (expected, content) => Assert.Equal(expected.Split('\n')[0] == content.Split('\n')[0], expected == content));
        Assert.InRange(refused, Mutants / 2, Mutants);
    }

    public void Dispose() => _folder.Dispose();

    private int Try(byte[] original, ulong seed, Action<string, string> compare)
    {
        string path = _folder["mutant"];
        File.WriteAllBytes(path, original);
        string expected = Content(path);
        int refused = 0;
        for (int i = 0; i < Mutants; i++)
        {
            byte[] mutant = Mutate(original, RandomStream.For(seed, RandomPurpose.Order, i));
            File.WriteAllBytes(path, mutant);
            long before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                string content = Content(path);
                Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, (2 * mutant.Length) + Slack);
                compare(expected, content);
            }
            catch (RequestException refusal)
            {
                Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, (2 * mutant.Length) + Slack);
                Assert.All(refusal.Problems, p => Assert.NotEmpty(p.Message));
                refused++;
            }
        }

        return refused;
    }

    private static byte[] Mutate(byte[] bytes, RandomStream random)
    {
        byte[] copy = [.. bytes];
        for (int changes = 1 + random.NextInt32(2); changes > 0 && copy.Length > 0; changes--)
        {
            int at = random.NextInt32(copy.Length);
            int length = Math.Min(1 + random.NextInt32(32), copy.Length - at);
            switch (random.NextInt32(7))
            {
                case 0:
                    copy = copy[..at];
                    break;
                case 1:
                    copy = [.. copy[..at], .. copy[(at + length)..]];
                    break;
                case 2:
                    copy = [.. copy[..(at + length)], .. copy[at..]];
                    break;
                case 3:
                    copy.AsSpan(at, length).Fill(random.NextInt32(2) == 0 ? (byte)0 : (byte)255);
                    break;
                default:
                    copy[at] ^= (byte)(1 << random.NextInt32(8));
                    break;
            }
        }

        return copy;
    }

    /// <summary>Returns the digest, and in further lines everything that can be read.</summary>
    private static string Content(string path)
    {
        using WeightFile file = WeightFile.Open(path);
        var text = new StringBuilder(file.Digest()).Append('\n');
        foreach (WeightEntry entry in file.Entries.OrderBy(e => e.Name, StringComparer.Ordinal))
        {
            text.Append(entry.Name).Append(' ').Append(entry.Type).Append(" [").AppendJoin(',', entry.Shape).Append("] ");
            file.Read(entry, piece => text.Append(Convert.ToHexString(piece)));
            text.Append('\n');
        }

        return text.ToString();
    }
}
