using System.ComponentModel.DataAnnotations;
using Regimen.Data;

namespace Regimen.Datasets;

/// <summary>Encoded images in Parquet files.</summary>
public static class ParquetImages
{
    /// <summary>The options of images in Parquet files.</summary>
    public sealed record Options : EncodedImageOptions
    {
        /// <summary>The files with the training images: a .parquet file, a folder of them, a pattern such as data/train-*.parquet, or a range such as
        /// data/train-{00000..00004}-of-00005.parquet.</summary>
        [MinLength(1)]
        public required string Path { get; init; }

        /// <summary>The files with the images for validation; null to hold out a fraction of the training images.</summary>
        [MinLength(1)]
        public string? ValPath { get; init; }

        /// <summary>The files with the images for testing; null to hold out a fraction of the training images.</summary>
        [MinLength(1)]
        public string? TestPath { get; init; }

        /// <summary>The column of the encoded images: bytes, or Hugging Face's structure of bytes and path.</summary>
        [MinLength(1)]
        public string Image { get; init; } = "image";

        /// <summary>The column of the index or the name of each image's class.</summary>
        [MinLength(1)]
        public string Label { get; init; } = "label";

        /// <summary>The names of the classes in the order of their indices. Empty for those that Hugging Face's metadata in the first file states, or else those
        /// in the training images: the numbers up to the largest index, or the names in ordinal order.</summary>
        public IReadOnlyList<string> Classes { get; init; } = [];

        /// <summary>A folder that the encoded images are copied to once, from which training reads one by one. Null keeps them in memory. The folder may be
        /// deleted at any time between runs.</summary>
        [MinLength(1)]
        public string? CacheFolder { get; init; }
    }

    /// <summary>Encoded images in Parquet files, as Hugging Face stores them: a column of images and a column of classes.</summary>
    /// <exception cref="RequestException">A file or a row is not usable, or a split would be empty. The problems of all files are reported
    /// together.</exception>
    [Dataset("parquet_images")]
    public static DataSplits Load(Options options, DatasetContext context)
    {
        OptionsCheck.ThrowUnlessValid(options);
        EncodedImageSplits.Check(options);
        var paths = new ArchivePaths(".parquet");
        (string Name, IReadOnlyList<string> Files)[] files =
        [
            (ImageFolderLayout.Train, paths.Find("data.path", options.Path)),
            .. options.ValPath is { } validation ? [(ImageFolderLayout.Validation, paths.Find("data.val_path", validation))] : Array.Empty<(string, IReadOnlyList<string>)>(),
            .. options.TestPath is { } test ? [(ImageFolderLayout.Test, paths.Find("data.test_path", test))] : Array.Empty<(string, IReadOnlyList<string>)>(),
        ];

        // DuckDB itself reads with several threads.
        IReadOnlyList<PackedPart> parts = ArchiveReading.All(files, file => new ParquetImageReader(options, context.CancellationToken).Read(file), together: 1, context.CancellationToken);
        return new PackedSplits(options, context).Of(parts, options.Classes, group: null);
    }
}
