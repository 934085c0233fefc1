using System.ComponentModel.DataAnnotations;
using Regimen.Data;

namespace Regimen.Datasets;

/// <summary>Images in the tar shards of WebDataset.</summary>
public static class WebDataset
{
    /// <summary>The options of shards.</summary>
    public sealed record Options : EncodedImageOptions
    {
        /// <summary>The shards with the training images: a .tar file, a folder of them, a pattern such as shards/train-*.tar, or a range such as
        /// shards/train-{000..146}.tar. They must not be compressed.</summary>
        [MinLength(1)]
        public required string Path { get; init; }

        /// <summary>The shards with the images for validation; null to hold out a fraction of the training images.</summary>
        [MinLength(1)]
        public string? ValPath { get; init; }

        /// <summary>The shards with the images for testing; null to hold out a fraction of the training images.</summary>
        [MinLength(1)]
        public string? TestPath { get; init; }

        /// <summary>The extensions of a sample's image: what follows the first dot of the file's name.</summary>
        [MinLength(1)]
        public IReadOnlyList<string> Image { get; init; } = ["jpg", "jpeg", "png", "webp", "bmp"];

        /// <summary>The extension of a sample's label: a text with the index or the name of the class; or json, with data.label_field.</summary>
        [MinLength(1)]
        public string Label { get; init; } = "cls";

        /// <summary>The key of the label in the JSON object of a sample; null where the label is the whole text.</summary>
        [MinLength(1)]
        public string? LabelField { get; init; }

        /// <summary>The names of the classes in the order of their indices. Empty for those in the training images: the numbers up to the largest index,
        /// or the names in ordinal order.</summary>
        public IReadOnlyList<string> Classes { get; init; } = [];

        /// <summary>A regular expression that finds the name of an image's group in its name in the shard: the first parenthesis, or all that it
        /// matches. A group is never in two splits. Null for no groups.</summary>
        [MinLength(1)]
        public string? Group { get; init; }

        /// <summary>A folder for indexes of the shards, so that only the first run reads each shard from beginning to end. Null for none. The folder may be
        /// deleted at any time between runs.</summary>
        [MinLength(1)]
        public string? CacheFolder { get; init; }
    }

    /// <summary>Images in the tar shards of WebDataset, of any number and size: the files of a shard with the same name up to the first dot are a sample.</summary>
    /// <exception cref="RequestException">A shard or a sample is not usable, or a split would be empty. The problems of all shards are reported
    /// together.</exception>
    [Dataset("webdataset")]
    public static DataSplits Load(Options options, DatasetContext context)
    {
        OptionsCheck.ThrowUnlessValid(options);
        EncodedImageSplits.Check(options);
        RequireLabel(options);
        var paths = new ArchivePaths(".tar");
        (string Name, IReadOnlyList<string> Files)[] files =
        [
            (ImageFolderLayout.Train, paths.Find("data.path", options.Path)),
            .. options.ValPath is { } validation ? [(ImageFolderLayout.Validation, paths.Find("data.val_path", validation))] : Array.Empty<(string, IReadOnlyList<string>)>(),
            .. options.TestPath is { } test ? [(ImageFolderLayout.Test, paths.Find("data.test_path", test))] : Array.Empty<(string, IReadOnlyList<string>)>(),
        ];
        IReadOnlyList<PackedPart> parts = ArchiveReading.All(files, new ShardReader(options, context.CancellationToken).Read, Environment.ProcessorCount, context.CancellationToken);
        return new PackedSplits(options, context).Of(parts, options.Classes, options.Group);
    }

    private static void RequireLabel(Options options)
    {
        bool isJson = options.Label.TrimStart('.').Split('.')[^1].Equals("json", StringComparison.OrdinalIgnoreCase);
        if (isJson != options.LabelField is not null)
        {
            throw new RequestException(new Problem(isJson ? "The label is a JSON object, and no key of it is chosen" : "A key of the label is chosen, and the label is not a JSON object")
            {
                Where = "data.label and data.label_field",
                Expected = "data.label=json data.label_field=KEY, or data.label=cls",
                Received = $"data.label={options.Label} data.label_field={options.LabelField ?? "null"}",
            });
        }
    }
}
