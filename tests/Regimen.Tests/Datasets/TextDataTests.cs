using System.Text;
using Regimen.Data;
using Regimen.Datasets;
using Regimen.Engine;
using Regimen.Loading;
using Regimen.Tests.TestKit;
using Regimen.Text;

namespace Regimen.Tests.Datasets;

public sealed class TextDataTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Theory]
    [InlineData(TokenKind.Characters, 1024)]
    [InlineData(TokenKind.Characters, 0)]
    [InlineData(TokenKind.Bpe, 1024)]
    [InlineData(TokenKind.Bpe, 0)]
    public void Samples_are_windows_of_the_parts_with_the_next_token_at_each_position(TokenKind kind, int memory)
    {
        string text = TinyText.Of(9001);
        DataSplits splits = Load(text, new() { Tokens = kind, Vocabulary = 300, Context = 13, Validation = 0.2, Test = 0.1, MemoryMb = memory });
        Assert.Equal(memory > 0, splits.Text!.InMemory);
        Tokenizer tokenizer = Tokenizer.FromJson(splits.Encoding!);
        Assert.Equal(tokenizer.Vocabulary, splits.Vocabulary);
        string joined = string.Empty;
        foreach ((string name, IDataset part) in splits.Parts)
        {
            (int[][] tokens, int[][] targets) = TinyText.Samples(part);
            int[] all = [.. tokens.SelectMany(t => t), targets[^1][^1]];
            Assert.Equal(all[1..], targets.SelectMany(t => t));

            // What follows the last window is less than another one.
            int rest = (int)splits.Text.Parts.Single(p => p.Name == name).Tokens - all.Length;
            Assert.InRange(rest, 0, 12);
            joined += tokenizer.Decode(all);
        }

        Assert.StartsWith(joined[..3000], text, StringComparison.Ordinal);
        Assert.InRange(joined.Length, text.Length - 120, text.Length);
        long bytes = Encoding.UTF8.GetByteCount(text);
        Assert.Equal(bytes, splits.Text.Parts.Sum(p => p.Bytes));
        Assert.InRange(splits.Text.Parts[1].Bytes, (bytes * 0.2) - 4, (bytes * 0.2) + 4);
        Assert.Equal(0, splits.Text.Parts.Sum(p => p.Unknown));
    }

    [Fact]
    public void A_text_read_from_disk_has_the_batches_of_one_in_memory_in_any_order()
    {
        // Longer than the distance between two entries of the index, with a piece that is cut and characters of two units.
        string text = TinyText.Of(7000) + new string('x', 3000) + string.Concat(Enumerable.Repeat("𝒳👩 ", 900)) + TinyText.Of(9000, seed: 5);
        foreach (TokenKind kind in Enum.GetValues<TokenKind>())
        {
            var options = new PlainText.Options { Tokens = kind, Vocabulary = 290, Context = 61, Stride = 17, Validation = 0.3, Test = 0 };
            DataSplits inMemory = Load(text, options);
            DataSplits onDisk = Load(text, options with { MemoryMb = 0 });
            Assert.Equal(DataFingerprint.Of(inMemory), DataFingerprint.Of(onDisk));
            Assert.Equal(Tokens(inMemory), Tokens(onDisk));
        }

        static IEnumerable<long> Tokens(DataSplits splits)
        {
            using DataLoader loader = DataLoader.ForTraining(splits.Train, new LoaderOptions { BatchSize = 29, Workers = 1 });
            foreach (Batch batch in loader.Epoch(3, 1))
            {
                foreach (long token in TensorMemory.Span<long>(batch.Inputs[0]).ToArray())
                {
                    yield return token;
                }
            }
        }
    }

    [Fact]
    public void The_vocabulary_follows_from_the_training_part_alone()
    {
        string text = new string('a', 500) + new string('b', 300) + new string('ж', 200);
        DataSplits splits = Load(text, new() { Context = 10, Validation = 0.1, Test = 0.4 });
        Assert.Equal(["<unknown>", "a", "b"], splits.Vocabulary);
        Assert.Equal(0, splits.Text!.Parts[0].Unknown);
        Assert.Equal(200, splits.Text.Parts.Sum(p => p.Unknown));
        Assert.Contains("200 do not occur", splits.Notes.Single(n => n.Contains("test", StringComparison.Ordinal)), StringComparison.Ordinal);
    }

    [Fact]
    public void Training_windows_overlap_by_the_stride_and_others_never()
    {
        DataSplits splits = Load(TinyText.Of(2000), new() { Context = 20, Stride = 3 });
        (int[][] tokens, _) = TinyText.Samples(splits.Train);
        Assert.Equal(tokens[0][3..], tokens[1][..^3]);
        Assert.Equal((splits.Text!.Parts[0].Tokens - 21) / 3 + 1, splits.Train.Count);
        Assert.Equal((splits.Text.Parts[1].Tokens - 21) / 20 + 1, splits.Validation!.Count);
    }

    [Fact]
    public void A_folder_is_read_in_the_ordinal_order_of_its_paths()
    {
        _folder.Write("t/b.txt", "second "u8);
        _folder.Write("t/a/z.txt", "\uFEFFfirst "u8);
        _folder.Write("t/b.md", "no text"u8);
        _folder.Write("t/c.TXT", "third, and long enough"u8);
        _folder.Write("t/d.txt", ""u8);
        DataSplits splits = PlainText.Load(new() { Path = _folder["t"], Context = 30, Validation = 0, Test = 0 }, new DatasetContext(1));
        Assert.Equal("first second third, and long e", splits.Text!.Sample);
        Assert.Equal((4, 35L), (splits.Text.Files, splits.Text.Bytes));
        Assert.Null(splits.Validation);
    }

    [Fact]
    public void The_fingerprint_follows_from_the_text_and_the_options()
    {
        string text = TinyText.Of(3000);
        var options = new PlainText.Options { Context = 11 };
        string[] prints =
        [
            Print(text, options),
            Print(text.Replace("river", "rivet", StringComparison.Ordinal), options),
            Print(text, options with { Context = 12 }),
            Print(text, options with { Stride = 5 }),
            Print(text, options with { Validation = 0.2 }),
            Print(text, options with { Tokens = TokenKind.Bpe }),
            Print(text, options with { Tokens = TokenKind.Bpe, Vocabulary = 260 }),
        ];
        Assert.Equal(prints.Length, prints.Distinct().Count());
        Assert.Equal(prints[0], Print(text, options with { MemoryMb = 0 }));

        string Print(string of, PlainText.Options with) => DataFingerprint.Of(Load(of, with));
    }

    [Fact]
    public void A_changed_file_is_refused_while_it_is_read()
    {
        DataSplits splits = Load(TinyText.Of(6000), new() { Context = 11, MemoryMb = 0 });
        File.AppendAllText(_folder["text.txt"], "more");
        WorkFailedException failed = Assert.Throws<WorkFailedException>(() =>
        {
            using DataLoader loader = DataLoader.ForEvaluation(splits.Train);
            return loader.InOrder(TestContext.Current.CancellationToken).Count();
        });
        Assert.Contains("changed while it was in use", failed.Message, StringComparison.Ordinal);
        Assert.Contains("text.txt", failed.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, 0xFF)]
    [InlineData(700, 0xC3)]
    [InlineData(5999, 0xE2)]
    public void Invalid_UTF8_is_refused_with_its_place(int at, int value)
    {
        byte[] bytes = [.. Enumerable.Repeat((byte)'a', 6000)];
        bytes[at] = (byte)value;
        _folder.Write("t/0.txt", "\uFEFFthe first file"u8);
        string path = _folder.Write("t/1.txt", bytes);
        RequestException refused = Assert.Throws<RequestException>(() => PlainText.Load(new() { Path = _folder["t"], Context = 5 }, new DatasetContext(1)));
        Assert.Contains($"{path}, byte {at}, counted from 0", refused.Message, StringComparison.Ordinal);
        Assert.Contains($"0x{value:X2}", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("missing.txt", "There is no such file")]
    [InlineData("empty.txt", "The text is empty")]
    [InlineData("none", "The folder has no text files")]
    [InlineData("short.txt", "too short")]
    public void A_path_without_a_usable_text_is_refused(string path, string message)
    {
        _folder.Write("empty.txt", ""u8);
        _folder.Write("none/readme.md", "text"u8);
        _folder.Write("short.txt", "text"u8);
        RequestException refused = Assert.Throws<RequestException>(() => PlainText.Load(new() { Path = _folder[path], Context = 5 }, new DatasetContext(1)));
        Assert.Contains(message, refused.Message, StringComparison.Ordinal);
        Assert.Equal(path == "short.txt" ? 3 : 1, refused.Problems.Count);
    }

    [Fact]
    public void Parts_that_leave_no_training_text_are_refused()
        => Assert.Contains("0.6 + 0.4", Assert.Throws<RequestException>(() => Load("text", new() { Validation = 0.6, Test = 0.4 })).Message, StringComparison.Ordinal);

    [Fact]
    public void The_included_text_has_the_digest_of_its_README()
    {
        string folder = Path.Combine(Repository.Root, "data", "text");
        string digest = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(Path.Combine(folder, "persuasion.txt"))));
        Assert.Contains(digest, File.ReadAllText(Path.Combine(folder, "README.md")), StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();

    private DataSplits Load(string text, PlainText.Options options)
        => PlainText.Load(options with { Path = _folder.Write("text.txt", Encoding.UTF8.GetBytes(text)) }, new DatasetContext(1));
}
