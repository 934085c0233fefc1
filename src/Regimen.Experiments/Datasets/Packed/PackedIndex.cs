using Regimen.Imaging;

namespace Regimen.Datasets;

/// <summary>The images of an archive with the same properties in their headers.</summary>
/// <param name="Facts">The properties.</param>
/// <param name="Count">The number of images.</param>
/// <param name="First">The index of the first one.</param>
internal readonly record struct PackedFacts(ImageFacts Facts, int Count, int First);

/// <summary>Where the images of an archive are, and what is known of them: 22 bytes for an image.</summary>
internal sealed class PackedIndex
{
    /// <summary>The position of each image in bytes.</summary>
    public required long[] Offsets { get; init; }

    /// <summary>The length of each image in bytes.</summary>
    public required int[] Lengths { get; init; }

    /// <summary>The CRC-32C of each image, by which a changed archive is found when the image is read.</summary>
    public required uint[] Checks { get; init; }

    /// <summary>The number of blocks from the beginning of an archive's entry to the image, by which its name is found; 0 where there are no names.</summary>
    public required ushort[] Leads { get; init; }

    /// <summary>The label of each image: an index into <see cref="Texts"/>.</summary>
    public required int[] Labels { get; init; }

    /// <summary>The different labels, as they are written.</summary>
    public required string[] Texts { get; init; }

    /// <summary>The names of the classes that the archive states; none for most.</summary>
    public required string[] Names { get; init; }

    /// <summary>The properties of the images' headers.</summary>
    public required PackedFacts[] Facts { get; init; }

    /// <summary>The SHA-256 of all images, each with its length before it.</summary>
    public required byte[] Digest { get; init; }

    /// <summary>The number of images.</summary>
    public int Count => Offsets.Length;
}
