namespace Regimen.Data;

/// <summary>A summary of the files of an image data set.</summary>
/// <param name="Parts">The files of each part.</param>
/// <param name="InMemory">Whether images are decoded once, at the start; otherwise the loader's workers decode them each time.</param>
/// <param name="Bytes">The size of the decoded images in bytes.</param>
/// <param name="OrientationApplied">Whether images are turned according to the camera's orientation (EXIF).</param>
/// <param name="Repeated">The number of links that were not followed, because they lead to a parent folder or to a folder found before, and of
/// further names of files in the same class.</param>
internal sealed record ImageSummary(IReadOnlyList<ImagePartSummary> Parts, bool InMemory, long Bytes, bool OrientationApplied, int Repeated);

/// <summary>A summary of the image files of a part.</summary>
/// <param name="Name">train, val or test.</param>
/// <param name="Files">The number of files.</param>
/// <param name="Grey">The number of greyscale images.</param>
/// <param name="Colour">The number of colour images.</param>
/// <param name="Oriented">The number of images stored in another orientation than the camera's (EXIF).</param>
/// <param name="WithAlpha">The number of images with an alpha channel.</param>
/// <param name="SixteenBit">The number of images with 16 bits per level.</param>
/// <param name="InTraining">The number of files that are also in the training part.</param>
/// <param name="Sizes">The most frequent sizes.</param>
/// <param name="DifferentSizes">The number of different sizes.</param>
internal sealed record ImagePartSummary(
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

/// <summary>The number of images of one size, as stored.</summary>
/// <param name="Width">The width in pixels.</param>
/// <param name="Height">The height in pixels.</param>
/// <param name="Files">The number of images.</param>
internal sealed record ImageSizeCount(int Width, int Height, int Files);
