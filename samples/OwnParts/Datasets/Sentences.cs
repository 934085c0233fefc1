using System.Security.Cryptography;
using System.Text;
using Regimen.Data;
using Regimen.Datasets;
using Regimen.Reproducibility;

namespace OwnParts.Datasets;

/// <summary>Short sentences of 1 to 9 words, classified by whether they have more good or more bad words. Each sample is made when it is read.</summary>
public sealed class Sentences(int count, int first) : IDataset
{
    private const int Longest = 9;
    private static readonly string[] Words = ["", "good", "fine", "bad", "poor", "the", "a", "is", "was", "very", "film", "book"];

    [Dataset("sentences")]
    public static DataSplits Load() => new()
    {
        Train = new Sentences(811, first: 0),
        Validation = new Sentences(103, first: 811),
        Test = new Sentences(97, first: 914),
        Vocabulary = Words,
    };

    public int Count => count;

    public IReadOnlyList<Field> Fields { get; } = [Field.Tokens("tokens", Longest, Words.Length), Field.ClassIndex];

    public IReadOnlyList<string> Classes { get; } = ["bad", "good"];

    public void Gather(ReadOnlySpan<int> indices, ChannelScale scale, BatchBuffer into)
    {
        Span<long> tokens = into.Longs("tokens");
        Span<int> lengths = into.Lengths("tokens");
        Span<long> targets = into.Longs(Field.Target);
        for (int row = 0; row < indices.Length; row++)
        {
            // A function of the index alone: the same sample for every reader and thread.
            RandomStream random = RandomStream.For(seed: 1, RandomPurpose.Split, first + indices[row]);
            lengths[row] = 1 + random.NextInt32(Longest);
            int good = 0;
            for (int i = 0; i < lengths[row]; i++)
            {
                int token = 1 + random.NextInt32(Words.Length - 1);
                tokens[(row * Longest) + i] = token;
                good += token is 1 or 2 ? 1 : token is 3 or 4 ? -1 : 0;
            }

            targets[row] = good > 0 ? 1 : 0;
        }
    }

    public void AppendTo(IncrementalHash hash) => hash.AppendData(Encoding.UTF8.GetBytes($"sentences {first} {count} {string.Join(' ', Words)}"));
}
