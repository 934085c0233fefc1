using System.ComponentModel.DataAnnotations;
using System.Globalization;
using Regimen.Data;
using Regimen.Transforms;

namespace Regimen.Datasets;

/// <summary>What shares a mean and a deviation when samples are normalised.</summary>
public enum NpyNormalization
{
    /// <summary>Nothing is normalised.</summary>
    None,

    /// <summary>All values.</summary>
    All,

    /// <summary>The values of a channel: the first of a sample's three dimensions.</summary>
    Channel,

    /// <summary>Each value of a sample has its own.</summary>
    Feature,
}

/// <summary>Arrays of numbers in npy files, as <c>numpy.save</c> writes them: inputs <c>[samples, …shape]</c> and targets.</summary>
public static class Npy
{
    private const int MostClasses = 65_536;

    /// <summary>Which files, and what is made of them.</summary>
    public sealed record Options
    {
        /// <summary>The folder that the files' names start from.</summary>
        [MinLength(1)]
        public string Root { get; init; } = ".";

        /// <summary>The training inputs: <c>[samples, …shape]</c>.</summary>
        [MinLength(1)]
        public string XTrain { get; init; } = "x_train.npy";

        /// <summary>The training targets: class indices or numbers <c>[samples]</c>, numbers or labels <c>[samples, outputs]</c>.</summary>
        [MinLength(1)]
        public string YTrain { get; init; } = "y_train.npy";

        /// <summary>The validation inputs; null holds a part of the training samples out.</summary>
        [MinLength(1)]
        public string? XVal { get; init; }

        /// <summary>The validation targets.</summary>
        [MinLength(1)]
        public string? YVal { get; init; }

        /// <summary>The test inputs; null for no test.</summary>
        [MinLength(1)]
        public string? XTest { get; init; }

        /// <summary>The test targets.</summary>
        [MinLength(1)]
        public string? YTest { get; init; }

        /// <summary>The part of the training samples that is held out where there is no validation file; 0 for none.</summary>
        [Range(0.0, 1.0, MaximumIsExclusive = true)]
        public double ValidationFraction { get; init; } = 0.2;

        /// <summary>The part of the training samples that is held out for the test, where there is no test file; 0 for none.</summary>
        [Range(0.0, 1.0, MaximumIsExclusive = true)]
        public double TestFraction { get; init; }

        /// <summary>Whether what is held out has each class in its share; each class keeps at least one sample to train on.</summary>
        [LegacyDefault("false")]
        public bool Stratify { get; init; } = true;

        /// <summary>Only the first so many training samples, before the split; null for all.</summary>
        [Range(1, int.MaxValue)]
        public int? Limit { get; init; }

        /// <summary>What the targets are; null for what the objective wants, else by their type: whole numbers are classes.</summary>
        public StatedTarget? Target { get; init; }

        /// <summary>The names of the classes or labels; null names them by their index.</summary>
        public IReadOnlyList<string>? Classes { get; init; }

        /// <summary>How targets that are numbers are scaled, by the training samples, for the objective; metrics are in the targets' own
        /// units. log is log(1 + target), standardised.</summary>
        [LegacyDefault("none")]
        public TargetScaling ScaleTarget { get; init; } = TargetScaling.Standard;

        /// <summary>What shares a mean and a deviation, taken from the training samples, when inputs are normalised.</summary>
        public NpyNormalization Normalize { get; init; } = NpyNormalization.All;

        /// <summary>Whether values are rounded to float32 before they are normalised, as in runs recorded before this key. It costs digits of
        /// i4, i8 and f8 values that are far from 0.</summary>
        [LegacyDefault("true")]
        public bool RoundFirst { get; init; }
    }

    /// <summary>Arrays of numbers in npy files: training, validation and test inputs and targets. Inputs of more than 256 MB stay on the disk.</summary>
    /// <exception cref="RequestException">A file is missing or damaged, shapes or numbers of samples do not fit, a value is not finite, a
    /// label is no class, or a part would be empty.</exception>
    [Dataset("npy")]
    public static DataSplits Load(Options options, DatasetContext context)
    {
        OptionsCheck.ThrowUnlessValid(options);
        CheckPairs(options);
        var reader = new NpyPartReader(options, context.Target);
        NpyDataset train = reader.Read(options.XTrain, options.YTrain, null)!;
        NpyDataset? validation = reader.Read(options.XVal, options.YVal, train);
        NpyDataset? test = reader.Read(options.XTest, options.YTest, train);
        var heldOut = new HeldOutShares(options.ValidationFraction, options.TestFraction, options.Stratify);
        DataSplits splits = TrainTest.Split(TrainTest.First(train, options.Limit), validation, test, heldOut, [], context.Seed);
        ScaleTargets(options.ScaleTarget, ((Subset)splits.Train).Indices, train, [train, validation, test]);
        IReadOnlyList<ITransform> transforms = Transforms(options, train, (Subset)splits.Train);
        return splits with { TrainTransforms = transforms, EvalTransforms = transforms };
    }

    private static void CheckPairs(Options options)
    {
        Problem[] problems =
        [
            .. from pair in new[] { ("x_val", options.XVal, "y_val", options.YVal), ("x_test", options.XTest, "y_test", options.YTest) }
               where pair.Item2 is null != pair.Item4 is null
               let missing = pair.Item2 is null ? pair.Item1 : pair.Item3
               select new Problem("Inputs and targets come together")
               {
                   Where = $"data.{missing}",
                   Expected = $"both data.{pair.Item1} and data.{pair.Item3}, or neither",
                   Received = "one of them",
               },
        ];
        if (problems.Length > 0)
        {
            throw new RequestException(problems);
        }
    }

    private static void ScaleTargets(TargetScaling scaling, ReadOnlySpan<int> trained, NpyDataset train, NpyDataset?[] parts)
    {
        if (train.TargetsToScale is not { } targets)
        {
            return;
        }

        // Outputs each have a scale of their own; the values of an image or a signal have one in common.
        SampleShape shape = train.Fields[1].Shape;
        int size = shape.Elements;
        int[] rows = trained.ToArray();
        IEnumerable<double> ofTraining = rows.SelectMany(row => Enumerable.Range(row * size, size)).Select(i => targets[i]);
        if (TargetScale.Fit(scaling, ofTraining, shape.Rank > 1 ? 1 : size) is { } scale)
        {
            foreach (NpyDataset? part in parts)
            {
                part?.ScaleTargets(scale);
            }
        }
    }

    private static IReadOnlyList<ITransform> Transforms(Options options, NpyDataset data, Subset train)
    {
        int groups = options.Normalize switch
        {
            NpyNormalization.None => 0,
            NpyNormalization.All => 1,
            NpyNormalization.Channel => data.SampleShape.Channels,
            _ => data.SampleShape.Elements,
        };
        if (groups == 0)
        {
            return [];
        }

        RunningStatistics[] moments = data.Measure(train.Indices, groups);
        int constant = Array.FindIndex(moments, m => m.Spread == 0);
        if (constant >= 0)
        {
            throw new RequestException(new Problem("Values that are all the same can't be normalised")
            {
                Where = options.XTrain,
                Expected = "values that differ",
                Received = string.Create(CultureInfo.InvariantCulture, $"{moments[constant].Mean} in all training samples, {options.Normalize} {constant}"),
                Hint = "Take them out of the array, or choose data.normalize=all or data.normalize=none.",
            });
        }

        double[] mean = [.. moments.Select(m => m.Mean)];
        double[] std = [.. moments.Select(m => m.Std)];

        // A float32 has 24 binary digits: of a value so much larger than the deviation, fewer than 10 tell how far it is from the mean.
        bool needsDouble = data.IsNormalizedInDouble && mean.Zip(std).Any(m => Math.Abs(m.First) > m.Second * (1 << 14));
        return options.Normalize == NpyNormalization.Feature
            ? [new Standardize(mean, std) { NeedsDouble = needsDouble }]
            : [new Normalize(mean, std) { NeedsDouble = needsDouble }];
    }

    /// <summary>The names of so many classes.</summary>
    internal static IReadOnlyList<string> Names(Options options, int count, string path)
    {
        if (options.Classes is { } names)
        {
            if (names.CountBy(n => n).FirstOrDefault(n => n.Value > 1) is { Value: > 1 } twice)
            {
                throw new RequestException(new Problem("Two classes have the same name") { Where = "data.classes", Expected = "a name of its own for each class", Received = $"{twice.Key}, {twice.Value} times" });
            }

            return names.Count >= count ? names : throw new RequestException(new Problem("There are more classes than names")
            {
                Where = "data.classes",
                Expected = $"{count} names, for the classes in {path}",
                Received = $"{names.Count}",
            });
        }

        return count <= MostClasses ? [.. Enumerable.Range(0, count).Select(c => c.ToString(CultureInfo.InvariantCulture))] : throw new RequestException(
            new Problem("These targets do not look like classes")
            {
                Where = path,
                Expected = $"class indices below {MostClasses}",
                Received = $"{count - 1}",
                Hint = "For numbers choose data.target=values and objective=mse.",
            });
    }
}
