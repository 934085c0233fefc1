namespace Regimen.Datasets;

/// <summary>The layout of the binary version of a CIFAR data set: records of one byte per label and 3,072 bytes of pixels (red, green, blue;
/// each 32×32 in row-major order).</summary>
internal sealed record CifarForm
{
    /// <summary>The height and width of an image.</summary>
    public const int Side = 32;

    /// <summary>The number of bytes of an image.</summary>
    public const int ImageBytes = 3 * Side * Side;

    /// <summary>The packed archive that holds all files.</summary>
    public required string Archive { get; init; }

    /// <summary>The folder inside the archive.</summary>
    public required string Folder { get; init; }

    /// <summary>The files with training images, in order.</summary>
    public required IReadOnlyList<string> Train { get; init; }

    /// <summary>The file with test images.</summary>
    public required string Test { get; init; }

    /// <summary>The number of images in each training file.</summary>
    public required int ImagesInTrainFile { get; init; }

    /// <summary>The number of images in the test file.</summary>
    public required int ImagesInTest { get; init; }

    /// <summary>The names for each label byte of a record. Those of the last byte are the classes.</summary>
    public required IReadOnlyList<IReadOnlyList<string>> LabelNames { get; init; }

    /// <summary>The names of the classes.</summary>
    public IReadOnlyList<string> Classes => LabelNames[^1];

    /// <summary>The number of bytes of a record.</summary>
    public int RecordBytes => LabelNames.Count + ImageBytes;

    /// <summary>All files, with the number of images in each.</summary>
    public IEnumerable<(string Name, int Images)> Files => [.. Train.Select(name => (name, ImagesInTrainFile)), (Test, ImagesInTest)];
}
