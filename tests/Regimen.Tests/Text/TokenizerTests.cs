using System.Text;
using System.Text.Json.Nodes;
using CsCheck;
using Regimen.Text;

namespace Regimen.Tests.Text;

public sealed class TokenizerTests
{
    /// <summary>Texts of letters of several scripts, digits, punctuation, white space, characters of two UTF-16 units, and few different ones so
    /// that pairs repeat.</summary>
    private static readonly Gen<string> Texts = Gen.OneOf(
        Gen.OneOf("a", "b", "ab", " ", "  ", "\n", "é", "ß", "中", "𝒳", "👩‍🚀", "7", "42", "!", "\t", "\0", "'s").Array[0, 300].Select(string.Concat),
        Gen.String.Select(s => string.Concat(s.EnumerateRunes())));

    private static readonly Gen<string> LongTexts = Gen.Select(Texts, Gen.OneOf("a", " ", "𝒳", "\n", "!", "5").Select(Gen.Int[250, 800], (s, n) => string.Concat(Enumerable.Repeat(s, n))), Texts, (a, b, c) => a + b + c);

    [Fact]
    public void Byte_pairs_round_trip_any_text()
        => Gen.Select(Texts, LongTexts, Gen.Int[256, 400]).Sample(
            (training, text, vocabulary) => BytePairTokenizer.Train(training, vocabulary) is var tokenizer && tokenizer.Decode(tokenizer.Encode(text)) == text && tokenizer.Count <= vocabulary,
            iter: 300);

    /// <summary>The definition, with all pairs counted anew for each merge. No token is longer than 128 bytes.</summary>
    [Fact]
    public void Merges_equal_those_of_a_plain_implementation()
        => Gen.Select(LongTexts, Gen.Int[257, 300]).Sample(
            (text, vocabulary) => Assert.Equal(PlainMerges(text, vocabulary - 256), Merges(BytePairTokenizer.Train(text, vocabulary))), iter: 40);

    [Fact]
    public void A_text_is_split_into_words_before_it_is_merged()
    {
        Assert.Equal(["It", " was", " 1775", "…", " \n", " '", "quoted", "'", "\n", "end", "  "], Pieces("It was 1775… \n 'quoted'\nend  "));
        Assert.Equal(["  ", " a", "\t", "b", " ", "\n", "c", "77"], Pieces("   a\tb \nc77"));
    }

    [Fact]
    public void A_text_read_in_parts_has_the_same_pieces()
        => Gen.Select(LongTexts, Gen.Int[1, 70]).Sample(
            (text, growth) =>
            {
                foreach (Tokenizer tokenizer in (IEnumerable<Tokenizer>)[BytePairTokenizer.Train(text, 280), CharacterTokenizer.Train(text)])
                {
                    var tokens = new List<int>();
                    int start = 0;
                    int end = 0;
                    while (start < text.Length)
                    {
                        int length = end > start ? tokenizer.NextPiece(text.AsSpan(start, end - start), end == text.Length) : 0;
                        if (length == 0)
                        {
                            end = Math.Min(text.Length, end + growth);
                            continue;
                        }

                        tokenizer.EncodePiece(text.AsSpan(start, length), tokens);
                        start += length;
                    }

                    Assert.Equal(tokenizer.Encode(text), tokens);
                }
            },
            iter: 200);

    [Fact]
    public void Characters_are_numbered_by_their_code_points_after_the_unknown_one()
    {
        var tokenizer = CharacterTokenizer.Train("b a𝒳b");
        Assert.Equal(["<unknown>", " ", "a", "b", "𝒳"], tokenizer.Vocabulary);
        Assert.Equal([3, 0, 4, 2], tokenizer.Encode("bz𝒳a"));
        Assert.Equal("b\uFFFD𝒳a", tokenizer.Decode([3, 0, 4, 2]));
        Assert.Equal(0, tokenizer.Unknown);
        Assert.Throws<ArgumentOutOfRangeException>(() => tokenizer.Decode([5]));
    }

    [Fact]
    public void Bytes_that_are_no_text_are_named_by_their_values()
    {
        var tokenizer = BytePairTokenizer.Train("aaaa aaaa", 260);
        Assert.Equal(("<0xE2>", "a", "aa", "aaaa"), (tokenizer.Vocabulary[0xE2], tokenizer.Vocabulary['a'], tokenizer.Vocabulary[256], tokenizer.Vocabulary[257]));
        Assert.Equal(258, tokenizer.Count);
    }

    [Fact]
    public void A_tokenizer_is_the_same_after_JSON()
        => Texts.Sample(
            text =>
            {
                foreach (Tokenizer tokenizer in (IEnumerable<Tokenizer>)[BytePairTokenizer.Train(text, 300), CharacterTokenizer.Train(text)])
                {
                    JsonArray steps = [new JsonObject { ["name"] = "other" }, JsonNode.Parse(tokenizer.ToJson().ToJsonString())];
                    Tokenizer read = Tokenizer.Find(steps)!;
                    Assert.Equal((tokenizer.GetType(), tokenizer.ToJson().ToJsonString()), (read.GetType(), read.ToJson().ToJsonString()));
                    Assert.Equal(tokenizer.Vocabulary, read.Vocabulary);
                    Assert.Equal(tokenizer.Encode(text + "é!"), read.Encode(text + "é!"));
                }
            },
            iter: 100);

    [Theory]
    [InlineData("""{"name":"tokenizer"}""")]
    [InlineData("""{"kind":"words"}""")]
    [InlineData("""{"kind":["bpe"]}""")]
    [InlineData("""{"kind":"characters"}""")]
    [InlineData("""{"kind":"characters","characters":["a"]}""")]
    [InlineData("""{"kind":"characters","characters":"aba"}""")]
    [InlineData("""{"kind":"characters","characters":"a\ud800"}""")]
    [InlineData("""{"kind":"bpe"}""")]
    [InlineData("""{"kind":"bpe","merges":{}}""")]
    [InlineData("""{"kind":"bpe","merges":[[1]]}""")]
    [InlineData("""{"kind":"bpe","merges":[null]}""")]
    [InlineData("""{"kind":"bpe","merges":[[1,"2"]]}""")]
    [InlineData("""{"kind":"bpe","merges":[[1,256]]}""")]
    [InlineData("""{"kind":"bpe","merges":[[1,-1]]}""")]
    [InlineData("""{"kind":"bpe","merges":[[1,2],[1,2]]}""")]
    [InlineData("""{"kind":"bpe","merges":[[1,4294967296]]}""")]
    [InlineData("""{"kind":"bpe","kind":"bpe","merges":[]}""")]
    public void Damaged_JSON_is_refused(string json)
        => Assert.Throws<RequestException>(() => Tokenizer.FromJson(JsonNode.Parse(json)!.AsObject()));

    [Fact]
    public void A_token_that_would_fill_the_memory_is_refused()
    {
        // Each merge doubles the length: 40 of them are 2⁴⁰ bytes.
        IEnumerable<string> merges = Enumerable.Range(0, 40).Select(i => i == 0 ? "[97,97]" : $"[{255 + i},{255 + i}]");
        RequestException refused = Assert.Throws<RequestException>(
            () => Tokenizer.FromJson(JsonNode.Parse($$"""{"kind":"bpe","merges":[{{string.Join(',', merges)}}]}""")!.AsObject()));
        Assert.Contains("128 bytes", refused.Message, StringComparison.Ordinal);
        Assert.Equal(128, BytePairTokenizer.Train(new string('a', 5000), 400).Vocabulary.Max(t => t.Length));
    }

    [Fact]
    public void A_vocabulary_has_at_most_65536_tokens()
    {
        string text = string.Concat(Enumerable.Range(0x10000, 70_000).Select(c => new Rune(c).ToString())) + "aa";
        Assert.Equal(65_536, CharacterTokenizer.Train(text).Count);
        Assert.Equal("aa", CharacterTokenizer.Train(text).Decode(CharacterTokenizer.Train(text).Encode("aa")));
        Assert.Throws<ArgumentOutOfRangeException>(() => BytePairTokenizer.Train(text, 65_537));
        Assert.Throws<ArgumentOutOfRangeException>(() => BytePairTokenizer.Train(text, 255));
    }

    private static List<string> Pieces(string text)
    {
        var pieces = new List<string>();
        while (text.Length > 0)
        {
            int length = PieceSplit.Next(text, isEnd: true);
            pieces.Add(text[..length]);
            text = text[length..];
        }

        return pieces;
    }

    private static IEnumerable<(int Left, int Right)> Merges(BytePairTokenizer tokenizer)
        => tokenizer.ToJson()["merges"]!.AsArray().Select(m => ((int)m![0]!, (int)m[1]!));

    private static List<(int Left, int Right)> PlainMerges(string text, int most)
    {
        List<List<int>> pieces = [.. Pieces(text).Select(p => Encoding.UTF8.GetBytes(p).Select(b => (int)b).ToList())];
        var merges = new List<(int Left, int Right)>();
        List<int> lengths = [.. Enumerable.Repeat(1, 256)];
        while (merges.Count < most)
        {
            (int Left, int Right)[] best =
            [
                .. pieces.SelectMany(p => p.Zip(p.Skip(1))).GroupBy(p => p).Where(g => g.Count() > 1 && lengths[g.Key.First] + lengths[g.Key.Second] <= 128)
                    .OrderByDescending(g => g.Count()).ThenBy(g => g.Key.First).ThenBy(g => g.Key.Second).Select(g => (g.Key.First, g.Key.Second)).Take(1),
            ];
            if (best.Length == 0)
            {
                break;
            }

            int token = 256 + merges.Count;
            merges.Add(best[0]);
            lengths.Add(lengths[best[0].Left] + lengths[best[0].Right]);
            foreach (List<int> piece in pieces)
            {
                for (int i = 0; i + 1 < piece.Count; i++)
                {
                    if ((piece[i], piece[i + 1]) == best[0])
                    {
                        piece[i] = token;
                        piece.RemoveAt(i + 1);
                    }
                }
            }
        }

        return merges;
    }
}
