using System.Globalization;
using System.Text;
using Regimen.Data;
using Regimen.Engine;
using Regimen.Optimization;
using TorchSharp;
using static TorchSharp.torch;

namespace Regimen.Text;

/// <summary>Continues a text with a model of the next token.</summary>
public static class TextGenerator
{
    /// <summary>The name of the field of tokens in the batches that a model is given.</summary>
    public const string TokensField = "tokens";

    /// <summary>Continues a prompt, token by token. Each new token is computed from the last <paramref name="context"/> tokens, in evaluation mode
    /// without gradients. The result is a function of the arguments.</summary>
    /// <param name="model">A model that returns logits <c>[1, length, vocabulary]</c> for int64 tokens <c>[1, length]</c>, on the CPU.</param>
    /// <param name="tokenizer">The tokenizer of the text that the model was trained on.</param>
    /// <param name="prompt">The text to continue. An empty prompt counts as a line feed.</param>
    /// <param name="options">The number of tokens, the temperature and the seed.</param>
    /// <param name="context">The greatest number of tokens that the model is given.</param>
    /// <param name="cancellationToken">Ends the generation between two tokens.</param>
    /// <returns>The text after the prompt in pieces, each as soon as it is known. A piece never has a part of a character; a character that the
    /// last token leaves incomplete is left out.</returns>
    /// <exception cref="RequestException">An option is out of bounds, or the model does not return logits of this vocabulary.</exception>
    /// <exception cref="OperationCanceledException">The operation was cancelled.</exception>
    public static IEnumerable<string> Continue(
        nn.Module model, Tokenizer tokenizer, string prompt, GenerationOptions options, int context, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(tokenizer);
        ArgumentNullException.ThrowIfNull(prompt);
        OptionsCheck.ThrowUnlessValid(options);
        ArgumentOutOfRangeException.ThrowIfLessThan(context, 1);
        return Pieces(model, tokenizer, [.. tokenizer.Encode(prompt.Length == 0 ? "\n" : prompt)], options, context, cancellationToken);
    }

    private static IEnumerable<string> Pieces(
        nn.Module model, Tokenizer tokenizer, List<int> tokens, GenerationOptions options, int context, CancellationToken cancellationToken)
    {
        var sampling = new TokenSampling(options, tokenizer.Unknown);

        // Keeps the bytes of a character until it is complete.
        Decoder decoder = Encoding.UTF8.GetDecoder();
        for (int position = 0; position < options.Tokens; position++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            int first = Math.Max(0, tokens.Count - context);
            int token = sampling.Choose(Logits(model, tokens.GetRange(first, tokens.Count - first), tokenizer.Count), position);
            tokens.Add(token);
            if (Decode(decoder, tokenizer.BytesOf(token)) is { Length: > 0 } piece)
            {
                yield return piece;
            }
        }
    }

    private static string Decode(Decoder decoder, byte[] bytes)
    {
        char[] characters = new char[Encoding.UTF8.GetMaxCharCount(bytes.Length)];
        return new string(characters, 0, decoder.GetChars(bytes, characters, flush: false));
    }

    /// <summary>Returns the logits of the token after the given ones.</summary>
    private static float[] Logits(nn.Module model, List<int> tokens, int vocabulary)
    {
        using DisposeScope scope = NewDisposeScope();
        using var mode = new EvaluationMode(model);
        using IDisposable noGrad = no_grad();
        Tensor input = tensor(tokens.ConvertAll(t => (long)t).ToArray()).unsqueeze(0);
        using var batch = new Batch([new(TokensField, input)], 1);
        Tensor logits = Objectives.Forward(model, batch);
        if (logits.dim() != 3 || logits.size(0) != 1 || logits.size(1) != tokens.Count || logits.size(2) != vocabulary)
        {
            throw new RequestException(new Problem("The model does not predict the next token of this vocabulary")
            {
                Expected = string.Create(CultureInfo.InvariantCulture, $"logits [1, {tokens.Count}, {vocabulary}]"),
                Received = $"[{string.Join(", ", logits.shape)}]",
                Hint = "Choose a model that was trained on a text with objective=next_token.",
            });
        }

        Tensor last = logits[0, -1].to(ScalarType.Float32).contiguous();
        return TensorMemory.Span<float>(last).ToArray();
    }
}
