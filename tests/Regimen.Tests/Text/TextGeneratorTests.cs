using Regimen.Reproducibility;
using Regimen.Text;
using TorchSharp;
using static TorchSharp.torch;

namespace Regimen.Tests.Text;

public sealed class TextGeneratorTests
{
    private static readonly BytePairTokenizer Bytes = BytePairTokenizer.Train("", 256);

    [Fact]
    public void At_temperature_zero_the_most_likely_token_is_taken_of_equal_ones_the_lowest()
    {
        using var model = new NextOf(256, token => token + 1);
        Assert.Equal("bcdefg", Text(model, "a", new GenerationOptions { Tokens = 6, Temperature = 0 }));
        using var flat = new NextOf(256, _ => null);
        Assert.Equal("\0\0\0", Text(flat, "a", new GenerationOptions { Tokens = 3, Temperature = 0 }));
    }

    [Fact]
    public void Tokens_are_drawn_with_the_models_probabilities()
    {
        // Logits 0 for every token and ln 9 for the next one: 9/264 of the draws.
        using var model = new NextOf(256, _ => 7, Math.Log(9));
        const int Draws = 4000;
        int found = Drawn(model, new GenerationOptions { Tokens = Draws }).Count(t => t == 7);
        double expected = 9.0 / 264;
        Assert.InRange(found, Draws * expected * 0.7, Draws * expected * 1.3);

        // At half the temperature its odds are squared: 81 of 336.
        found = Drawn(model, new GenerationOptions { Tokens = Draws, Temperature = 0.5 }).Count(t => t == 7);
        Assert.InRange(found, Draws * 81.0 / 336 * 0.85, Draws * 81.0 / 336 * 1.15);
    }

    [Fact]
    public void Each_token_follows_from_the_seed_and_its_position()
    {
        using var flat = new NextOf(256, _ => null);
        int[] tokens = Drawn(flat, new GenerationOptions { Tokens = 20, Seed = 3 });
        Assert.Equal(Enumerable.Range(0, 20).Select(i => (int)(RandomStream.For(3, RandomPurpose.Generation, index: i).NextDouble() * 256)), tokens);
        Assert.NotEqual(tokens, Drawn(flat, new GenerationOptions { Tokens = 20, Seed = 4 }));
    }

    [Fact]
    public void Only_the_most_likely_tokens_are_drawn()
    {
        using var model = new NextOf(256, token => token + 1, 1);
        Assert.Equal("bcd", Text(model, "a", new GenerationOptions { Tokens = 3, TopK = 1, Seed = 9 }));
        Assert.All(Drawn(model, new GenerationOptions { Tokens = 50, TopK = 3 }), t => Assert.InRange(t, 0, 60));
    }

    [Fact]
    public void A_piece_has_whole_characters_and_an_incomplete_one_is_left_out()
    {
        byte[] cycle = [.. "é🌍"u8];
        using var model = new NextOf(256, token => cycle[(Array.IndexOf(cycle, (byte)token) + 1) % cycle.Length]);
        var greedy = new GenerationOptions { Tokens = 11, Temperature = 0 };
        Assert.Equal(["é", "🌍", "é"], TextGenerator.Continue(model, Bytes, "🌍", greedy, 8, TestContext.Current.CancellationToken));
    }

    [Fact]
    public void The_model_is_given_the_last_tokens_and_keeps_its_mode()
    {
        using var model = new NextOf(256, token => token);
        model.train();
        long before = Tensor.TotalCount;
        Text(model, "abcdef", new GenerationOptions { Tokens = 4, Temperature = 0 }, context: 8);
        Assert.Equal(["abcdef", "abcdeff", "abcdefff", "bcdeffff"], model.Seen);
        Assert.Equal((true, before), (model.training, Tensor.TotalCount));
        model.Seen.Clear();
        Text(model, "", new GenerationOptions { Tokens = 1 });
        Assert.Equal(["\n"], model.Seen);
    }

    [Fact]
    public void An_unknown_character_is_never_generated()
    {
        var tokenizer = CharacterTokenizer.Train("ab");
        using var model = new NextOf(3, _ => 0);
        string text = string.Concat(TextGenerator.Continue(model, tokenizer, "ab?", new GenerationOptions { Tokens = 40 }, 4, TestContext.Current.CancellationToken));
        Assert.Equal(40, text.Length);
        Assert.DoesNotContain('\uFFFD', text);
    }

    [Fact]
    public void Invalid_requests_are_refused()
    {
        using var model = new NextOf(255, _ => null);
        CancellationToken none = CancellationToken.None;
        Assert.Contains("[1, 1, 255]", Assert.Throws<RequestException>(() => TextGenerator.Continue(model, Bytes, "a", new(), 8, none).Count()).Message, StringComparison.Ordinal);
        Assert.Throws<RequestException>(() => TextGenerator.Continue(model, Bytes, "a", new() { Tokens = 0 }, 8, none));
        Assert.Throws<RequestException>(() => TextGenerator.Continue(model, Bytes, "a", new() { Temperature = double.NaN }, 8, none));
        Assert.Throws<ArgumentOutOfRangeException>(() => TextGenerator.Continue(model, Bytes, "a", new(), 0, none));
        Assert.Throws<OperationCanceledException>(() => TextGenerator.Continue(model, Bytes, "a", new(), 8, new CancellationToken(canceled: true)).Count());
    }

    private static string Text(nn.Module model, string prompt, GenerationOptions options, int context = 16)
        => string.Concat(TextGenerator.Continue(model, Bytes, prompt, options, context, TestContext.Current.CancellationToken));

    private static int[] Drawn(NextOf model, GenerationOptions options)
    {
        model.Given.Clear();

        // The model sees each token but the last.
        _ = TextGenerator.Continue(model, Bytes, "\0", options with { Tokens = options.Tokens + 1 }, 1, TestContext.Current.CancellationToken).Count();
        return [.. model.Given.Skip(1)];
    }

    /// <summary>Logits of 0, and one other for the token that follows the given one.</summary>
    private sealed class NextOf(int vocabulary, Func<int, int?> next, double logit = 1) : nn.Module<Tensor, Tensor>(nameof(NextOf))
    {
        public List<string> Seen { get; } = [];

        public List<int> Given { get; } = [];

        public override Tensor forward(Tensor input)
        {
            Assert.False(training);
            Assert.False(is_grad_enabled());
            long[] tokens = [.. Enumerable.Range(0, (int)input.size(1)).Select(i => input[0, i].ToInt64())];
            Seen.Add(string.Concat(tokens.Select(t => (char)t)));
            Given.Add((int)tokens[^1]);
            Tensor logits = zeros(1, tokens.Length, vocabulary);
            if (next((int)tokens[^1]) is { } following)
            {
                logits[0, -1, following] = (float)logit;
            }

            return logits;
        }
    }
}
