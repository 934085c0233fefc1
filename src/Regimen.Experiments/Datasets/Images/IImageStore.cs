using System.Security.Cryptography;

namespace Regimen.Datasets;

/// <summary>Encoded images with a label each. Each is read on its own, in any order, from any thread.</summary>
internal interface IImageStore
{
    /// <summary>The name of the kind, part of the data's fingerprint.</summary>
    string Kind { get; }

    /// <summary>The class index of each image.</summary>
    int[] Labels { get; }

    /// <summary>Names an image in messages.</summary>
    string Origin(int index);

    /// <summary>Reads an encoded image.</summary>
    /// <param name="index">The image.</param>
    /// <param name="buffer">Memory of the caller, which the result may lie in; replaced by a larger one where that is needed.</param>
    /// <exception cref="RequestException">It can't be read, or has changed.</exception>
    ReadOnlyMemory<byte> Read(int index, ref byte[] buffer);

    /// <summary>Adds the content of all images, or digests of it, to a hash.</summary>
    void AppendTo(IncrementalHash hash);
}
