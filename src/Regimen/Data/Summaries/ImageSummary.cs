namespace Regimen.Data;

/// <summary>What the files of a set of images are, and where their pixels are kept.</summary>
/// <param name="Parts">Each part's files.</param>
/// <param name="InMemory">Whether they are decoded once, at the start; else by the loader's workers each time.</param>
/// <param name="Bytes">What they need decoded.</param>
/// <param name="OrientationApplied">Whether images are turned as the camera's orientation says.</param>
/// <param name="Repeated">Links that were not followed, as what they lead to lies above them or was found already, and further names of
/// files in the same class.</param>
public sealed record ImageSummary(IReadOnlyList<ImagePartSummary> Parts, bool InMemory, long Bytes, bool OrientationApplied, int Repeated);

/// <summary>The image files of a part.</summary>
/// <param name="Name">train, val or test.</param>
/// <param name="Files">How many files there are.</param>
/// <param name="Grey">Those of grey levels.</param>
/// <param name="Colour">Those of colours.</param>
/// <param name="Oriented">Those whose camera's orientation (EXIF) is another than they are stored in.</param>
/// <param name="WithAlpha">Those with an alpha channel.</param>
/// <param name="SixteenBit">Those with 16 bits a level.</param>
/// <param name="InTraining">Those that are files of the training part too.</param>
/// <param name="Sizes">The most frequent sizes.</param>
/// <param name="DifferentSizes">How many different sizes there are.</param>
public sealed record ImagePartSummary(
    string Name,
    int Files,
    int Grey,
    int Colour,
    int Oriented,
    int WithAlpha,
    int SixteenBit,
    int InTraining,
    IReadOnlyList<ImageSizeCount> Sizes,
    int DifferentSizes);

/// <summary>How many images have a size, as they are stored.</summary>
/// <param name="Width">Pixels from left to right.</param>
/// <param name="Height">Pixels from top to bottom.</param>
/// <param name="Files">How many.</param>
public sealed record ImageSizeCount(int Width, int Height, int Files);
