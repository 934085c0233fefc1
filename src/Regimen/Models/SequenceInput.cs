using Regimen.Data;

namespace Regimen.Models;

/// <summary>Checks the input of a sequence model.</summary>
internal static class SequenceInput
{
    /// <summary>Returns the size of the vocabulary of a model's only input, which must be tokens.</summary>
    /// <exception cref="RequestException">The input is not tokens.</exception>
    public static int Tokens(string model, ModelContext context)
        => context.Inputs is [{ Type: ElementType.Int64, Shape.Rank: 1, Cardinality: { } vocabulary }] ? vocabulary : throw Wrong(model, context, "one input of tokens, int64 [length] with a vocabulary");

    /// <summary>Returns the exception for inputs that a model does not support.</summary>
    public static RequestException Wrong(string model, ModelContext context, string expected) => new(new Problem($"The model '{model}' does not support samples of this kind")
    {
        Where = "model.name",
        Expected = expected,
        Received = string.Join(", ", context.Inputs.Select(f => $"{f.Name} {f.BatchType.ToString().ToLowerInvariant()} {f.Shape}")),
        Hint = "Choose data=text, or another model.",
    });
}
