using System.ComponentModel.DataAnnotations;
using Regimen.Data;

namespace Regimen.Datasets;

/// <summary>A text, read as tokens, for models that predict the next token.</summary>
public static class PlainText
{
    /// <summary>The options of a text.</summary>
    public sealed record Options
    {
        /// <summary>A UTF-8 text file, or a folder whose <c>.txt</c> files, also in subfolders, are joined in ordinal order of their paths.</summary>
        [MinLength(1)]
        public string Path { get; init; } = "data/text";

        /// <summary>The kind of tokens: characters of the training text, or byte pairs trained on it.</summary>
        public TokenKind Tokens { get; init; } = TokenKind.Characters;

        /// <summary>The number of tokens of a byte-pair vocabulary: the 256 bytes and the merges.</summary>
        [Range(256, 65_536)]
        public int Vocabulary { get; init; } = 512;

        /// <summary>The number of tokens of a sample. A sample's target is the next token at each position.</summary>
        [Range(1, 1_048_576)]
        public int Context { get; init; } = 128;

        /// <summary>The distance in tokens between the starts of two training samples; null for the context, so that each token is predicted once
        /// per epoch. Validation and test samples never overlap.</summary>
        [Range(1, 1_048_576)]
        public int? Stride { get; init; }

        /// <summary>The fraction of the text, before the test part, that is held out for validation; 0 for none.</summary>
        [Range(0.0, 1.0, MaximumIsExclusive = true)]
        public double Validation { get; init; } = 0.1;

        /// <summary>The fraction at the end of the text that is held out for testing; 0 for none.</summary>
        [Range(0.0, 1.0, MaximumIsExclusive = true)]
        public double Test { get; init; } = 0.1;

        /// <summary>The memory limit for tokens in MiB. If a text of two bytes for each of its bytes fits, its tokens are kept in memory; otherwise the
        /// loader's workers read the text in every epoch. The batches are the same.</summary>
        [Range(0, 1_048_576)]
        public int MemoryMb { get; init; } = 1024;
    }

    /// <summary>A text file or a folder of text files, as characters or byte pairs; by default a novel included with Regimen.</summary>
    /// <exception cref="RequestException">The text is missing, empty, not UTF-8, changed while it was read, or too short for its parts.</exception>
    [Dataset("text", Objective = "next_token")]
    public static DataSplits Load(Options options, DatasetContext context)
    {
        OptionsCheck.ThrowUnlessValid(options);
        if (options.Validation + options.Test >= 1)
        {
            throw new RequestException(new Problem("The split leaves no text for training")
            {
                Where = "data.validation and data.test",
                Expected = "together below 1",
                Received = FormattableString.Invariant($"{options.Validation} + {options.Test}"),
            });
        }

        return new TextSplits(options, TextSource.Open(IncludedData.Find(options.Path)), context.CancellationToken).Read();
    }
}

/// <summary>The kind of tokens that a text is split into.</summary>
public enum TokenKind
{
    /// <summary>Characters (Unicode scalar values).</summary>
    Characters,

    /// <summary>Byte pairs: frequent sequences of UTF-8 bytes.</summary>
    Bpe,
}
