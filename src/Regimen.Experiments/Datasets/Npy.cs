using System.ComponentModel.DataAnnotations;
using System.Globalization;
using Regimen.Data;
using Regimen.Transforms;

namespace Regimen.Datasets;

/// <summary>The values that share a mean and a standard deviation in normalisation.</summary>
public enum NpyNormalization
{
    /// <summary>No normalisation.</summary>
    None,

    /// <summary>All values.</summary>
    All,

    /// <summary>The values of a channel, the first of a sample's three dimensions.</summary>
    Channel,

    /// <summary>Each value of a sample separately.</summary>
    Feature,
}

/// <summary>Arrays of numbers in npy files, as written by <c>numpy.save</c>: inputs <c>[samples, …shape]</c> and targets.</summary>
public static class Npy
{
    private const int MostClasses = 65_536;

    /// <summary>The options of npy arrays.</summary>
    public sealed record Options
    {
        /// <summary>The folder that file names are relative to.</summary>
        [MinLength(1)]
        public string Root { get; init; } = ".";

        /// <summary>The training inputs: <c>[samples, …shape]</c>.</summary>
        [MinLength(1)]
        public string XTrain { get; init; } = "x_train.npy";

        /// <summary>The training targets: class indices or numbers <c>[samples]</c>, numbers or labels <c>[samples, outputs]</c>.</summary>
        [MinLength(1)]
        public string YTrain { get; init; } = "y_train.npy";

        /// <summary>The validation inputs; null to hold out a fraction of the training samples.</summary>
        [MinLength(1)]
        public string? XVal { get; init; }

        /// <summary>The validation targets.</summary>
        [MinLength(1)]
        public string? YVal { get; init; }

        /// <summary>The test inputs; null for none.</summary>
        [MinLength(1)]
        public string? XTest { get; init; }

        /// <summary>The test targets.</summary>
        [MinLength(1)]
        public string? YTest { get; init; }

        /// <summary>The fraction of the training samples held out for validation if there is no validation file; 0 for none.</summary>
        [Range(0.0, 1.0, MaximumIsExclusive = true)]
        public double ValidationFraction { get; init; } = 0.2;

        /// <summary>The fraction of the training samples held out for testing if there is no test file; 0 for none.</summary>
        [Range(0.0, 1.0, MaximumIsExclusive = true)]
        public double TestFraction { get; init; }

        /// <summary>Whether to stratify the split: each class has the same share in every split, and at least one training sample.</summary>
        [LegacyDefault("false")]
        public bool Stratify { get; init; } = true;

        /// <summary>The file with the group of each training sample, relative to data.root: an npy array, or a text with a name on each line. A group is
        /// never in two splits. Null for no groups.</summary>
        [MinLength(1)]
        public string? Groups { get; init; }

        /// <summary>The number of folds of a cross-validation, of which data.fold is the test set; null for none. regimen cv trains every fold.</summary>
        [Range(2, 10_000)]
        public int? Folds { get; init; }

        /// <summary>The fold that is the test set, from 1.</summary>
        [Range(1, 10_000)]
        public int Fold { get; init; } = 1;

        /// <summary>The repeat of the cross-validation, from 1: each divides the data into other folds.</summary>
        [Range(1, 10_000)]
        public int Repeat { get; init; } = 1;

        /// <summary>The maximum number of training samples, taken from the start before the split; null for all.</summary>
        [Range(1, int.MaxValue)]
        public int? Limit { get; init; }

        /// <summary>The kind of the targets; null for the kind that the objective requires, or if it accepts any, by their type: whole
        /// numbers are classes.</summary>
        public StatedTarget? Target { get; init; }

        /// <summary>The names of the classes or labels; null to use their indices.</summary>
        public IReadOnlyList<string>? Classes { get; init; }

        /// <summary>The scaling of numeric targets for the objective, fitted to the training samples. Metrics are in the original units. log
        /// is log(1 + target), standardised.</summary>
        [LegacyDefault("none")]
        public TargetScaling ScaleTarget { get; init; } = TargetScaling.Standard;

        /// <summary>The input values that share a mean and a standard deviation, computed from the training samples, in normalisation.</summary>
        public NpyNormalization Normalize { get; init; } = NpyNormalization.All;

        /// <summary>Whether to round values to float32 before normalisation, as in runs recorded before this key existed. This loses
        /// precision of i4, i8 and f8 values far from 0.</summary>
        [LegacyDefault("true")]
        public bool RoundFirst { get; init; }
    }

    /// <summary>Arrays of numbers in npy files: training, validation and test inputs and targets. Inputs above 256 MB are read from disk on
    /// demand.</summary>
    /// <exception cref="RequestException">A file is missing or damaged, shapes or numbers of samples do not match, a value is not finite, a
    /// label is not a class index, or a split would be empty.</exception>
    [Dataset("npy")]
    public static DataSplits Load(Options options, DatasetContext context)
    {
        OptionsCheck.ThrowUnlessValid(options);
        CheckPairs(options);
        var reader = new NpyPartReader(options, context.Target);
        NpyDataset train = reader.Read(options.XTrain, options.YTrain, null)!;
        NpyDataset? validation = reader.Read(options.XVal, options.YVal, train);
        NpyDataset? test = reader.Read(options.XTest, options.YTest, train);
        var heldOut = new SplitRequest(options.ValidationFraction, options.TestFraction, options.Stratify)
        {
            Fold = FoldChoice.Of(options.Folds, options.Fold, options.Repeat),
            Groups = options.Groups is { } groups ? GroupFile.Read(options.Root, groups, train.Count) : null,
            GroupKey = GroupFile.Key,
        };
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
               select new Problem("Inputs and targets must be set together")
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

        // Each output of a vector has its own scale; the values of an image or a signal share one.
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
            throw new RequestException(new Problem("Unable to normalise values that are all the same")
            {
                Where = options.XTrain,
                Expected = "values that differ",
                Received = string.Create(CultureInfo.InvariantCulture, $"{moments[constant].Mean} in all training samples, {options.Normalize} {constant}"),
                Hint = "Remove them from the array, or set data.normalize=all or data.normalize=none.",
            });
        }

        double[] mean = [.. moments.Select(m => m.Mean)];
        double[] std = [.. moments.Select(m => m.Std)];

        // A float32 has 24 significant bits. With a mean this much larger than the deviation, fewer than 10 of them remain after subtraction.
        bool needsDouble = data.IsNormalizedInDouble && mean.Zip(std).Any(m => Math.Abs(m.First) > m.Second * (1 << 14));
        return options.Normalize == NpyNormalization.Feature
            ? [new Standardize(mean, std) { NeedsDouble = needsDouble }]
            : [new Normalize(mean, std) { NeedsDouble = needsDouble }];
    }

    /// <summary>Returns the names of the given number of classes.</summary>
    internal static IReadOnlyList<string> Names(Options options, int count, string path)
    {
        if (options.Classes is { } names)
        {
            if (names.CountBy(n => n).FirstOrDefault(n => n.Value > 1) is { Value: > 1 } twice)
            {
                throw new RequestException(new Problem("Two classes have the same name") { Where = "data.classes", Expected = "a unique name for each class", Received = $"{twice.Key}, {twice.Value} times" });
            }

            return names.Count >= count ? names : throw new RequestException(new Problem("There are more classes than names")
            {
                Where = "data.classes",
                Expected = $"{count} names, for the classes in {path}",
                Received = $"{names.Count}",
            });
        }

        return count <= MostClasses ? [.. Enumerable.Range(0, count).Select(c => c.ToString(CultureInfo.InvariantCulture))] : throw new RequestException(
            new Problem("The targets do not look like class indices")
            {
                Where = path,
                Expected = $"class indices below {MostClasses}",
                Received = $"{count - 1}",
                Hint = "For numbers, set data.target=values and objective=mse.",
            });
    }
}
