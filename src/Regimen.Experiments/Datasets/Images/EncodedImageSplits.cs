using Regimen.Data;

namespace Regimen.Datasets;

/// <summary>Splits encoded images by their options, and normalises them.</summary>
internal static class EncodedImageSplits
{
    /// <summary>Checks the options that need no images.</summary>
    /// <exception cref="RequestException">A size is out of bounds.</exception>
    public static void Check(EncodedImageOptions options)
    {
        if (options.Size.Any(s => s is < 1 or > 16_384))
        {
            throw new RequestException(new Problem("A size is out of bounds")
            {
                Where = "data.size",
                Expected = "numbers from 1 to 16384",
                Received = $"[{string.Join(", ", options.Size)}]",
            });
        }
    }

    /// <summary>Returns the splits.</summary>
    /// <param name="parts">The images of each part that is given: those for training first, then for validation and testing.</param>
    /// <param name="options">The options.</param>
    /// <param name="context">The context.</param>
    /// <param name="group">The expression of data.group; null for no groups.</param>
    /// <param name="pathOf">The path of a training image.</param>
    /// <exception cref="RequestException">An option does not fit to the images, or a split would be empty.</exception>
    public static DataSplits Of(IReadOnlyList<EncodedImages> parts, EncodedImageOptions options, DatasetContext context, string? group, Func<int, string> pathOf)
    {
        RefuseWrongScale(options, parts[0].SampleShape.Channels);
        EncodedImages? validation = parts.FirstOrDefault(p => p.Part == ImageFolderLayout.Validation);
        EncodedImages? test = parts.FirstOrDefault(p => p.Part == ImageFolderLayout.Test);
        int[]? limited = FromClassesInTurn(parts[0], options.Limit);
        IDataset train = limited is null ? parts[0] : new Subset(parts[0], limited);
        var heldOut = new SplitRequest(options.ValidationFraction, options.TestFraction, options.Stratify)
        {
            Fold = FoldChoice.Of(options.Folds, options.Fold, options.Repeat),
            Groups = group is { } pattern ? PathGroups.Of(train.Count, i => pathOf(limited is null ? i : limited[i]), pattern) : null,
        };
        DataSplits splits = heldOut.Fold is null && validation is not null && (test is not null || options.TestFraction == 0)
            ? new DataSplits { Train = train, Validation = validation, Test = test }
            : TrainTest.Split(train, validation, test, heldOut, [], context.Seed);
        return MeasuredPixels.Normalize(splits, options.Mean, options.Std, context.CancellationToken);
    }

    private static void RefuseWrongScale(EncodedImageOptions options, int channels)
    {
        if (options is not { Mean: { } mean, Std: { } std })
        {
            return;
        }

        bool fits = mean.Count == std.Count && (mean.Count is 0 or 1 || mean.Count == channels) && std.All(s => double.IsFinite(s) && s > 0);
        if (!fits)
        {
            throw new RequestException(new Problem("The means and standard deviations do not match the images")
            {
                Where = "data.mean and data.std",
                Expected = $"the same number of each: none, one, or one for each of the {channels} channels; deviations above 0",
                Received = FormattableString.Invariant($"[{string.Join(", ", mean)}] and [{string.Join(", ", std)}]"),
            });
        }
    }

    /// <summary>Takes images from the classes in turn; null for all. Images of a folder are sorted by class, so the first ones all belong to one
    /// class.</summary>
    private static int[]? FromClassesInTurn(EncodedImages all, int? limit)
    {
        if (limit is not { } count || count >= all.Count)
        {
            return null;
        }

        IEnumerable<int> inTurn = Enumerable.Range(0, all.Count)
            .GroupBy(i => all.Labels[i])
            .SelectMany(samples => samples.Select((index, place) => (index, place)))
            .OrderBy(s => s.place).ThenBy(s => s.index)
            .Select(s => s.index);
        return [.. inTurn.Take(count).Order()];
    }
}
