using Regimen.Data;
using Regimen.Files;

namespace Regimen.Datasets;

/// <summary>The archives of a part: train, val or test.</summary>
/// <param name="Name">The name of the part.</param>
/// <param name="Archives">The archives.</param>
internal sealed record PackedPart(string Name, IReadOnlyList<PackedArchive> Archives);

/// <summary>Makes splits of archives of encoded images.</summary>
/// <param name="options">The options.</param>
/// <param name="context">The context.</param>
internal sealed class PackedSplits(EncodedImageOptions options, DatasetContext context)
{
    /// <summary>Returns the splits.</summary>
    /// <param name="parts">The archives of each part, training first.</param>
    /// <param name="classNames">The names of data.classes.</param>
    /// <param name="group">The expression of data.group; null for no groups.</param>
    /// <exception cref="RequestException">Labels or images do not fit; the exception lists the problems.</exception>
    public DataSplits Of(IReadOnlyList<PackedPart> parts, IReadOnlyList<string> classNames, string? group)
    {
        string[] classes = PackedLabels.Classes(parts[0].Archives, classNames);
        PackedArchive first = parts[0].Archives[0];
        var loader = new ImageLoader(first.Index.Facts[0].Facts, first.OriginOf(0), options);
        long count = parts.Sum(p => p.Archives.Sum(a => (long)a.Index.Count));
        bool isInMemory = count * loader.Shape.Elements <= (long)options.MemoryMb << 20 && count * loader.Shape.Elements <= Array.MaxLength;
        var summary = new ImageSummary([.. parts.Select(p => Summary(p, parts[0]))], isInMemory, count * loader.Shape.Elements, options.ApplyOrientation, Repeated: 0);
        if (context.Look is { } look)
        {
            look.Images = summary;
        }

        List<Problem> problems = [];
        PackedImages[] stores = [.. parts.Select(p => new PackedImages(p.Archives, PackedLabels.Indices(p.Archives, classes, problems)))];
        problems.AddRange(parts.SelectMany(p => p.Archives).SelectMany(a => Misfits(a, loader)));
        ProblemList.ThrowIfAny(problems);
        byte[]?[] pixels = [.. stores.Select(s => isInMemory ? Decode(s, loader, problems) : null)];
        ProblemList.ThrowIfAny(problems);
        EncodedImages[] images = [.. parts.Select((p, i) => new EncodedImages(p.Name, stores[i], loader, classes, pixels[i]))];
        DataSplits splits = EncodedImageSplits.Of(images, options, context, group, stores[0].NameOf);
        return splits with { Images = summary, Notes = [.. splits.Notes, .. PackedLabels.Notes(classes, stores[0].Labels)] };
    }

    /// <summary>Checks the headers of an archive's images against those of the first training image: one problem for all images of the same kind.</summary>
    private static IEnumerable<Problem> Misfits(PackedArchive archive, ImageLoader loader)
    {
        foreach (PackedFacts facts in archive.Index.Facts)
        {
            RequestException? misfit = null;
            try
            {
                loader.Check(string.Empty, facts.Facts);
            }
            catch (RequestException refusal)
            {
                misfit = refusal;
            }

            if (misfit is not null)
            {
                yield return misfit.Problems[0] with { Where = archive.OriginOf(facts.First) };
            }
        }
    }

    private byte[] Decode(PackedImages store, ImageLoader loader, List<Problem> problems)
    {
        int size = loader.Shape.Elements;
        byte[] pixels = GC.AllocateUninitializedArray<byte>(store.Labels.Length * size);
        var refusals = new RequestException?[store.Labels.Length];
        Parallel.For(0, store.Labels.Length, new ParallelOptions { CancellationToken = context.CancellationToken }, Array.Empty<byte>, (i, _, buffer) =>
        {
            try
            {
                EncodedImages.Load(store, loader, i, ref buffer, pixels.AsSpan(i * size, size));
            }
            catch (RequestException refusal)
            {
                refusals[i] = refusal;
            }

            return buffer;
        }, _ => { });
        problems.AddRange(refusals.OfType<RequestException>().SelectMany(r => r.Problems));
        return pixels;
    }

    private static ImagePartSummary Summary(PackedPart part, PackedPart training)
    {
        PackedFacts[] facts = [.. part.Archives.SelectMany(a => a.Index.Facts)];
        ImageSizeCount[] sizes =
        [
            .. facts.GroupBy(f => (f.Facts.Width, f.Facts.Height)).Select(g => new ImageSizeCount(g.Key.Width, g.Key.Height, g.Sum(f => f.Count)))
                .OrderByDescending(s => s.Files).ThenBy(s => (s.Width, s.Height)),
        ];
        HashSet<FileIdentity?> inTraining = [.. ReferenceEquals(part, training) ? [] : training.Archives.Select(a => FileIdentity.Of(a.Path))];
        return new ImagePartSummary(
            part.Name,
            part.Archives.Sum(a => a.Index.Count),
            Count(f => f.Channels == 1),
            Count(f => f.Channels != 1),
            Count(f => f.Orientation != Imaging.ImageOrientation.AsStored),
            Count(f => f.HasAlpha),
            Count(f => f.Is16Bit),
            part.Archives.Where(a => inTraining.Contains(FileIdentity.Of(a.Path))).Sum(a => a.Index.Count),
            [.. sizes.Take(ImageSurvey.ShownSizes)],
            sizes.Length);

        int Count(Func<Imaging.ImageFacts, bool> has) => facts.Where(f => has(f.Facts)).Sum(f => f.Count);
    }
}
