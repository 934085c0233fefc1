using Regimen.Reproducibility;

namespace Regimen.Data;

/// <summary>A transform that says what it does to the mask of an image (<see cref="MaskTarget"/>). Only such transforms are accepted for data with
/// masks, because one that moved the image alone would train on wrong pairs.</summary>
public interface IMaskTransform : ITransform
{
    /// <summary>Transforms the mask of a sample. By default the mask stays as it is: the transform changes the values of pixels, not their places.</summary>
    /// <param name="mask">The classes, <c>[height, width]</c>.</param>
    /// <param name="output">The classes afterwards, in the size of the transformed image. Pixels from outside the image get
    /// <see cref="MaskTarget.Ignored"/>.</param>
    /// <param name="shape">The shape of the image before the transform.</param>
    /// <param name="random">The stream in the state in which the image's transform received it: the same draws give the same geometry.</param>
    void ApplyToMask(ReadOnlySpan<byte> mask, Span<byte> output, SampleShape shape, ref RandomStream random) => mask.CopyTo(output);
}
