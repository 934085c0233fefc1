using Regimen.Data;
using static TorchSharp.torch;

namespace Regimen.Inspection;

/// <summary>Checks that a model predicts a class for each pixel of an image.</summary>
internal static class PixelOutputs
{
    /// <summary>Returns the problem of a model whose output is of another shape; null if it fits, or is not known.</summary>
    /// <param name="model">The model.</param>
    /// <param name="inputs">The input fields.</param>
    /// <param name="classes">The number of classes.</param>
    public static Problem? Check(nn.Module model, IReadOnlyList<Field> inputs, int classes)
    {
        if (inputs is not [{ Shape.Rank: 3 } image] || new DryRun(model, inputs, [], containers: [model]).ShapeOf(model) is not { } shape)
        {
            return null;
        }

        long[] expected = [1, classes, image.Shape.Dimensions[1], image.Shape.Dimensions[2]];
        return shape.SequenceEqual(expected) ? null : new Problem("The model does not predict a class for each pixel")
        {
            Where = "model.name",
            Expected = $"outputs [{string.Join(", ", expected)}] for one image",
            Received = $"[{string.Join(", ", shape)}]",
            Hint = "Choose a model that keeps the size of an image, such as model=unet.",
        };
    }
}
