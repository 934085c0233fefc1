using Regimen.Data;

namespace Regimen.Models;

/// <summary>Checks that a model's samples are images of a supported size.</summary>
internal static class ImageInput
{
    /// <summary>Refuses samples that are not <c>[channels, height, width]</c>, and images that are smaller than a model needs.</summary>
    /// <param name="model">The model's name in a config.</param>
    /// <param name="input">The shape of a sample.</param>
    /// <param name="side">The smallest height and width.</param>
    /// <exception cref="RequestException">The samples are not supported.</exception>
    public static void ThrowUnlessAtLeast(string model, SampleShape input, int side)
    {
        if (input.Rank != 3 || input.Dimensions[1] < side || input.Dimensions[2] < side)
        {
            throw Refused(model, input, $"height and width at least {side}", "or larger images");
        }
    }

    /// <summary>Creates the error of samples that a model does not support.</summary>
    /// <param name="model">The model's name in a config.</param>
    /// <param name="input">The shape of a sample.</param>
    /// <param name="condition">The condition on height and width.</param>
    /// <param name="remedy">What to choose besides another model.</param>
    public static RequestException Refused(string model, SampleShape input, string condition, string remedy) => new(new Problem($"The model '{model}' does not support samples of this shape")
    {
        Where = "model.name",
        Expected = $"images [channels, height, width], {condition}",
        Received = input.ToString(),
        Hint = $"Choose model=mlp, which supports any shape, {remedy}.",
    });
}
