using System.Globalization;
using System.Security.Cryptography;
using Regimen.Data;
using Regimen.Text;

namespace Regimen.Datasets;

/// <summary>Reads a text: trains its tokenizer on the training part, and converts each part to tokens.</summary>
/// <param name="options">The options, which are valid.</param>
/// <param name="source">The text.</param>
/// <param name="cancellationToken">Ends the reading.</param>
internal sealed class TextSplits(PlainText.Options options, TextSource source, CancellationToken cancellationToken)
{
    /// <summary>The maximum number of bytes of the training part that byte pairs are trained on. The training keeps each different word of
    /// these bytes in memory, so the limit bounds its memory.</summary>
    public const long MostTrainedOn = 64 << 20;

    private const int SampleTokens = 64;
    private readonly List<Problem> _problems = [];
    private readonly List<TextPartSummary> _parts = [];

    /// <summary>Reads the splits.</summary>
    /// <exception cref="RequestException">The text is not UTF-8, changed while it was read, or is too short.</exception>
    public DataSplits Read()
    {
        long test = source.CharacterAt(source.Length - (long)(source.Length * options.Test));
        long validation = source.CharacterAt(Math.Min(test, source.Length - (long)(source.Length * (options.Validation + options.Test))));
        Tokenizer tokenizer = Train(validation);
        TokenWindows? train = Windows("train", 0, validation, tokenizer, options.Stride ?? options.Context);
        TokenWindows? val = options.Validation > 0 ? Windows("val", validation, test, tokenizer, options.Context) : null;
        TokenWindows? last = options.Test > 0 ? Windows("test", test, source.Length, tokenizer, options.Context) : null;
        ProblemList.ThrowIfAny(_problems);
        return new DataSplits
        {
            Train = train!,
            Validation = val,
            Test = last,
            Encoding = tokenizer.ToJson(),
            Vocabulary = tokenizer.Vocabulary,
            Notes = [.. _parts.Where(p => p.Unknown > 0).Select(Note)],
            Text = new TextSummary(source.Files, source.Length, tokenizer.Count, IsInMemory, _parts, Sample(train!, tokenizer)),
        };
    }

    /// <summary>Whether the tokens fit: a text has at most one token for each byte.</summary>
    private bool IsInMemory => source.Length * sizeof(ushort) <= (long)options.MemoryMb << 20;

    private Tokenizer Train(long end)
    {
        ITokenizerTraining training = options.Tokens == TokenKind.Bpe ? new PieceCounts(options.Vocabulary) : new CharacterCounts();
        long last = options.Tokens == TokenKind.Bpe ? Math.Min(end, MostTrainedOn) : end;
        using var pieces = new TextPieces(source, 0, source.CharacterAt(last), training.NextPiece);
        while (pieces.MoveNext())
        {
            training.Add(pieces.Current);
            cancellationToken.ThrowIfCancellationRequested();
        }

        return training.Train();
    }

    private TokenWindows? Windows(string name, long start, long end, Tokenizer tokenizer, int stride)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        DatasetHash.AppendText(hash, tokenizer.ToJson().ToJsonString() + '\0');
        TokenText text = IsInMemory ? new TokensInMemory() : new TokensOnDemand(source, end, tokenizer);
        using var pieces = new TextPieces(source, start, end, tokenizer.NextPiece) { Hash = hash };
        var tokens = new List<int>();
        long unknown = 0;
        while (pieces.MoveNext())
        {
            tokens.Clear();
            tokenizer.EncodePiece(pieces.Current, tokens);
            unknown += tokenizer.Unknown is { } missing ? tokens.Count(t => t == missing) : 0;
            text.Add(tokens, pieces.Offset);
            cancellationToken.ThrowIfCancellationRequested();
        }

        _parts.Add(new TextPartSummary(name, end - start, text.Count, unknown));
        if (text.Count > options.Context)
        {
            return new TokenWindows(text, $"{source.Path} ({name})", hash.GetHashAndReset(), tokenizer.Count, options.Context, stride);
        }

        _problems.Add(new Problem($"The {name} part of the text is too short for one sample")
        {
            Where = source.Path,
            Expected = string.Create(CultureInfo.InvariantCulture, $"at least {options.Context + 1} tokens, one more than data.context"),
            Received = string.Create(CultureInfo.InvariantCulture, $"{text.Count} tokens of {end - start} bytes"),
            Hint = name == "train" ? "Lower data.context, or add text." : $"Lower data.context, add text, or change data.{(name == "val" ? "validation" : "test")} (0 for none).",
        });
        return null;
    }

    private static string Sample(TokenWindows train, Tokenizer tokenizer)
    {
        using var buffer = new BatchBuffer(train.Fields, 1);
        train.Gather([0], ChannelScale.Identity, buffer);
        ReadOnlySpan<long> tokens = buffer.Longs(TextGenerator.TokensField);
        return tokenizer.Decode([.. tokens[..Math.Min(SampleTokens, tokens.Length)].ToArray().Select(t => (int)t)]);
    }

    private static string Note(TextPartSummary part) => string.Create(
        CultureInfo.InvariantCulture,
        $"Of the {part.Tokens:#,0} characters of {part.Name}, {part.Unknown:#,0} do not occur in the training part: they are the token {CharacterTokenizer.UnknownName}.");
}
