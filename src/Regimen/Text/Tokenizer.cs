using System.Text;
using System.Text.Json.Nodes;

namespace Regimen.Text;

/// <summary>Converts text to token ids and back. Thread-safe. Tokens are numbered from 0 to <see cref="Count"/> − 1.</summary>
/// <remarks>A model file holds its tokenizer as the step named <see cref="StepName"/> of <c>regimen.preprocessing</c>.</remarks>
public abstract class Tokenizer
{
    /// <summary>The name of the pre-processing step that holds a tokenizer.</summary>
    public const string StepName = "tokenizer";

    /// <summary>The maximum number of tokens: a token id fits into 16 bits.</summary>
    public const int MaxVocabulary = 65_536;

    private const string KindKey = "kind";

    private protected Tokenizer()
    {
    }

    /// <summary>The tokens as text, in the order of their ids. A token that is not text by itself, such as a part of a UTF-8 sequence, is
    /// written as its bytes in hexadecimal: <c>&lt;0xE2&gt;</c>.</summary>
    public abstract IReadOnlyList<string> Vocabulary { get; }

    /// <summary>The number of tokens.</summary>
    public int Count => Vocabulary.Count;

    /// <summary>The id of the token for text that the vocabulary does not contain; null if the vocabulary can encode any text.</summary>
    public abstract int? Unknown { get; }

    /// <summary>The kind of tokenizer in JSON and configs: <c>characters</c> or <c>bpe</c>.</summary>
    internal abstract string Kind { get; }

    /// <summary>Returns the token ids of a text. An unpaired surrogate counts as U+FFFD.</summary>
    public IReadOnlyList<int> Encode(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var tokens = new List<int>(text.Length);
        ReadOnlySpan<char> rest = text;
        while (!rest.IsEmpty)
        {
            int length = NextPiece(rest, isEnd: true);
            EncodePiece(rest[..length], tokens);
            rest = rest[length..];
        }

        return tokens;
    }

    /// <summary>Returns the text of token ids. An invalid UTF-8 sequence becomes U+FFFD.</summary>
    /// <exception cref="ArgumentOutOfRangeException">An id is not a token.</exception>
    public string Decode(IEnumerable<int> tokens)
    {
        ArgumentNullException.ThrowIfNull(tokens);
        var bytes = new List<byte>();
        foreach (int token in tokens)
        {
            bytes.AddRange(BytesOf(token));
        }

        return Encoding.UTF8.GetString([.. bytes]);
    }

    /// <summary>Returns the tokenizer as JSON: the step of <c>regimen.preprocessing</c>.</summary>
    public JsonObject ToJson()
    {
        var json = new JsonObject { ["name"] = StepName, [KindKey] = Kind };
        WriteTo(json);
        return json;
    }

    /// <summary>Reads the JSON of <see cref="ToJson"/>.</summary>
    /// <exception cref="RequestException">The JSON does not describe a tokenizer.</exception>
    public static Tokenizer FromJson(JsonObject json)
    {
        ArgumentNullException.ThrowIfNull(json);
        try
        {
            return json[KindKey]?.GetValue<string>() switch
            {
                CharacterTokenizer.KindName => CharacterTokenizer.Read(json),
                BytePairTokenizer.KindName => BytePairTokenizer.Read(json),
                var kind => throw Damaged($"the kind {CharacterTokenizer.KindName} or {BytePairTokenizer.KindName}", kind is null ? "no kind" : Shorten(kind)),
            };
        }
        catch (Exception exception) when (exception is NullReferenceException or InvalidOperationException or FormatException or OverflowException or ArgumentException)
        {
            throw Damaged("the JSON that Tokenizer.ToJson writes", exception.Message.Split('\n')[0]);
        }
    }

    /// <summary>Returns the tokenizer among a model's pre-processing steps; null if there is none.</summary>
    /// <param name="preprocessing">The value of <c>regimen.preprocessing</c> in a model's metadata.</param>
    /// <exception cref="RequestException">The step is damaged.</exception>
    public static Tokenizer? Find(JsonArray preprocessing)
    {
        ArgumentNullException.ThrowIfNull(preprocessing);
        JsonObject? step = preprocessing.OfType<JsonObject>().FirstOrDefault(s => s["name"] is JsonValue name && name.TryGetValue(out string? text) && text == StepName);
        return step is null ? null : FromJson(step);
    }

    /// <summary>Returns the length of the first piece of a text. Pieces are encoded independently of each other, and a piece does not depend on
    /// the text before it.</summary>
    /// <param name="text">Text that begins with a piece; not empty.</param>
    /// <param name="isEnd">Whether no text follows.</param>
    /// <returns>From 1 to the text's length; 0 if it depends on the text that follows.</returns>
    internal abstract int NextPiece(ReadOnlySpan<char> text, bool isEnd);

    /// <summary>Adds the tokens of a piece.</summary>
    internal abstract void EncodePiece(ReadOnlySpan<char> piece, List<int> into);

    /// <summary>Returns the UTF-8 bytes of a token.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The id is not a token.</exception>
    internal abstract byte[] BytesOf(int token);

    /// <summary>Writes the keys besides name and kind.</summary>
    private protected abstract void WriteTo(JsonObject json);

    /// <summary>Returns the exception for JSON that does not describe a tokenizer.</summary>
    private protected static RequestException Damaged(string expected, string received) => new(new Problem("The tokenizer of a model file is damaged")
    {
        Where = $"regimen.preprocessing, {StepName}",
        Expected = expected,
        Received = received,
    });

    private protected static string Shorten(string text) => text.Length <= 40 ? $"'{text}'" : $"'{text[..40]}…'";
}
