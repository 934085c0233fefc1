using System.Text;
using Regimen.Data;
using Regimen.Reproducibility;

namespace Regimen.Tests.TestKit;

/// <summary>Creates small texts with a structure that a model of more than one token learns, and reads their samples.</summary>
internal static class TinyText
{
    private static readonly string[] Words = ["cat", "café", "dog", "doge", "river", "never", "a", "an", "the", "naïve"];

    /// <summary>Returns sentences of words that a seed draws: a word is mostly followed by the next one of the list.</summary>
    /// <param name="characters">The minimum length.</param>
    /// <param name="seed">The seed.</param>
    public static string Of(int characters, ulong seed = 3)
    {
        RandomStream random = RandomStream.For(seed, RandomPurpose.Split);
        var text = new StringBuilder();
        int word = 0;
        while (text.Length < characters)
        {
            word = random.NextInt32(4) == 0 ? random.NextInt32(Words.Length) : (word + 1) % Words.Length;
            text.Append(Words[word]).Append(random.NextInt32(9) == 0 ? ".\n" : " ");
        }

        return text.ToString();
    }

    /// <summary>Returns the tokens and the targets of each sample.</summary>
    public static (int[][] Tokens, int[][] Targets) Samples(IDataset set)
    {
        using var buffer = new BatchBuffer(set.Fields, set.Count);
        set.Gather([.. Enumerable.Range(0, set.Count)], ChannelScale.Identity, buffer);
        int context = set.Fields[0].Shape.Elements;
        return (Rows(buffer.Longs("tokens")), Rows(buffer.Longs(Field.Target)));

        int[][] Rows(Span<long> values) => [.. values.ToArray().Select(v => (int)v).Chunk(context)];
    }
}
