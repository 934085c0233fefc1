using Regimen.Data;

namespace Regimen.Models;

/// <summary>Checks the input of a sequence model.</summary>
internal static class SequenceInput
{
    /// <summary>Returns the size of the vocabulary of a model's only input, which must be tokens.</summary>
    /// <param name="model">The model's name.</param>
    /// <param name="context">The inputs.</param>
    /// <param name="expected">The inputs that the model supports.</param>
    /// <exception cref="RequestException">The input is not tokens.</exception>
    public static int Tokens(string model, ModelContext context, string expected)
        => context.Inputs is [{ Type: ElementType.Int64, Shape.Rank: 1, Cardinality: { } vocabulary }]
            ? vocabulary
            : throw new RequestException(new Problem($"The model '{model}' does not support samples of this kind")
            {
                Where = "model.name",
                Expected = expected,
                Received = string.Join(", ", context.Inputs.Select(f => $"{f.Name} {f.BatchType.ToString().ToLowerInvariant()} {f.Shape}")),
                Hint = "Choose data=text, or another model.",
            });
}
