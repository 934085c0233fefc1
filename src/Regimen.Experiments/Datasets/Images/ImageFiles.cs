using System.Security.Cryptography;
using Regimen.Imaging;

namespace Regimen.Datasets;

/// <summary>Image files with a label each.</summary>
/// <param name="images">The files.</param>
/// <param name="digests">The SHA-256 of each file.</param>
internal sealed class ImageFiles(ImageEntry[] images, byte[][] digests) : IImageStore
{
    /// <inheritdoc/>
    public string Kind => "image_files";

    /// <inheritdoc/>
    public int[] Labels { get; } = [.. images.Select(i => i.Label)];

    /// <inheritdoc/>
    public string Origin(int index) => images[index].Path;

    /// <inheritdoc/>
    public ReadOnlyMemory<byte> Read(int index, ref byte[] buffer) => EncodedImage.ReadFile(images[index].Path);

    /// <inheritdoc/>
    public void AppendTo(IncrementalHash hash)
    {
        foreach (byte[] digest in digests)
        {
            hash.AppendData(digest);
        }
    }
}
