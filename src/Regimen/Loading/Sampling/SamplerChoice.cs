using System.Globalization;
using Regimen.Data;

namespace Regimen.Loading;

/// <summary>Creates the sampler that a config selects.</summary>
internal static class SamplerChoice
{
    private const int DefaultRepeats = 3;

    /// <summary>Creates the sampler, or adds the problems and returns null.</summary>
    public static Sampler? Of(LoaderOptions options, IDataset dataset, List<Problem> problems)
    {
        int before = problems.Count;
        SamplerKind kind = options.Sampler ?? (options.Shuffle ? SamplerKind.Shuffled : SamplerKind.Sequential);
        if (!options.Shuffle && kind != SamplerKind.Sequential)
        {
            problems.Add(new Problem("This sampler has a random order, which loader.shuffle=false excludes")
            {
                Where = "loader.sampler",
                Expected = "null or sequential, or loader.shuffle=true",
                Received = Name(kind),
            });
        }

        if (options.ClassWeights is not null && kind != SamplerKind.Weighted)
        {
            problems.Add(new Problem("Class weights apply only to the weighted sampler")
            {
                Where = "loader.class_weights",
                Expected = "loader.sampler=weighted, or no class weights",
                Received = options.Sampler is null ? "loader.sampler=null" : $"loader.sampler={Name(kind)}",
            });
        }

        if (options.Repeats is { } repeats && kind != SamplerKind.Repeated)
        {
            problems.Add(new Problem("Samples are repeated by one sampler only")
            {
                Where = "loader.repeats",
                Expected = "null, or loader.sampler=repeated",
                Received = $"{repeats}",
            });
        }

        return kind switch
        {
            _ when problems.Count > before => null,
            SamplerKind.Shuffled => Samplers.Shuffled,
            SamplerKind.Sequential => Samplers.Sequential,
            SamplerKind.Repeated => Samplers.Repeated(options.Repeats ?? DefaultRepeats),
            SamplerKind.Bucket => Bucket(options, dataset, problems),
            SamplerKind.Weighted => Weighted(options, dataset, problems),
            _ => Labels(dataset, kind, problems) is { } labels ? Samplers.ClassBalanced(labels) : null,
        };
    }

    private static Sampler? Bucket(LoaderOptions options, IDataset dataset, List<Problem> problems)
    {
        if (dataset.Lengths is { } lengths)
        {
            return Samplers.Bucket(lengths, options.WholeBatchSize);
        }

        problems.Add(new Problem("This sampler needs a length for each sample")
        {
            Where = "loader.sampler",
            Expected = "a data set whose samples have different lengths and that states them (IDataset.Lengths), or another sampler",
            Received = Name(SamplerKind.Bucket),
        });
        return null;
    }

    private static Sampler? Weighted(LoaderOptions options, IDataset dataset, List<Problem> problems)
    {
        if (Labels(dataset, SamplerKind.Weighted, problems) is not { } labels)
        {
            return null;
        }

        if (options.ClassWeights is not { } weights || weights.Count != dataset.Classes.Count)
        {
            problems.Add(new Problem("The weighted sampler needs a weight for each class")
            {
                Where = "loader.class_weights",
                Expected = $"{dataset.Classes.Count} numbers, in the order of the classes {Some(dataset.Classes)}",
                Received = options.ClassWeights is null ? "null" : $"{options.ClassWeights.Count}",
            });
            return null;
        }

        if (weights.FirstOrDefault(w => !double.IsFinite(w) || w < 0) is var wrong and not 0)
        {
            problems.Add(new Problem("A class weight is out of bounds")
            {
                Where = "loader.class_weights",
                Expected = "finite numbers of 0 or more",
                Received = wrong.ToString(CultureInfo.InvariantCulture),
            });
            return null;
        }

        double[] ofSamples = [.. labels.Select(label => weights[label])];
        if (ofSamples.Sum() is not (> 0 and < double.PositiveInfinity))
        {
            problems.Add(new Problem("No sample can be drawn with these class weights")
            {
                Where = "loader.class_weights",
                Expected = "a weight above 0 for a class that has training samples, and a finite sum over the samples",
                Received = string.Join(", ", weights.Select(w => w.ToString(CultureInfo.InvariantCulture))),
            });
            return null;
        }

        return Samplers.Weighted(ofSamples);
    }

    private static IReadOnlyList<int>? Labels(IDataset dataset, SamplerKind kind, List<Problem> problems)
    {
        IReadOnlyList<int>? labels = ClassLabels.Of(dataset);
        if (labels is null)
        {
            problems.Add(new Problem("This sampler needs a class for each sample")
            {
                Where = "loader.sampler",
                Expected = "null, shuffled or sequential, as this data set has no classes",
                Received = Name(kind),
            });
        }

        return labels;
    }

    private static string Name(SamplerKind kind) => kind == SamplerKind.ClassBalanced ? "class_balanced" : kind.ToString().ToLowerInvariant();

    private static string Some(IReadOnlyList<string> classes)
        => classes.Count <= 10 ? string.Join(", ", classes) : $"{string.Join(", ", classes.Take(10))}, …";
}
