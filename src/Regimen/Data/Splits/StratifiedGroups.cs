namespace Regimen.Data;

/// <summary>Assigns whole groups to folds so that each fold has about the same share of each class. The group whose classes are the least balanced
/// comes first, each into the fold for which the shares of all folds differ the least.</summary>
/// <remarks>The algorithm of scikit-learn's <c>StratifiedGroupKFold</c>. Sums are in the order of NumPy, so that equal shares compare as there.</remarks>
internal static class StratifiedGroups
{
    private const double AbsoluteTolerance = 1e-8;
    private const double RelativeTolerance = 1e-5;

    /// <summary>Returns the fold of each group.</summary>
    /// <param name="classes">The class of each sample, numbered from 0 without gaps.</param>
    /// <param name="groups">The group of each sample, numbered from 0 without gaps.</param>
    /// <param name="folds">The number of folds.</param>
    public static int[] Assign(int[] classes, int[] groups, int folds)
    {
        int[] ofClass = Folds.Counts(classes);
        var ofGroup = new double[Folds.Counts(groups).Length][];
        for (int group = 0; group < ofGroup.Length; group++)
        {
            ofGroup[group] = new double[ofClass.Length];
        }

        for (int i = 0; i < classes.Length; i++)
        {
            ofGroup[groups[i]][classes[i]]++;
        }

        var ofFold = new double[folds][];
        for (int fold = 0; fold < folds; fold++)
        {
            ofFold[fold] = new double[ofClass.Length];
        }

        var foldOf = new int[ofGroup.Length];
        foreach (int group in Enumerable.Range(0, ofGroup.Length).OrderBy(g => -Deviation(ofGroup[g])))
        {
            int best = Best(ofFold, ofClass, ofGroup[group]);
            Add(ofFold[best], ofGroup[group], 1);
            foldOf[group] = best;
        }

        return foldOf;
    }

    private static int Best(double[][] ofFold, int[] ofClass, double[] group)
    {
        (int best, double lowest, double fewest) = (0, double.PositiveInfinity, double.PositiveInfinity);
        for (int fold = 0; fold < ofFold.Length; fold++)
        {
            Add(ofFold[fold], group, 1);
            double difference = Difference(ofFold, ofClass);
            Add(ofFold[fold], group, -1);
            double samples = Sum(ofFold[fold]);
            bool isClose = Math.Abs(difference - lowest) <= AbsoluteTolerance + (RelativeTolerance * Math.Abs(lowest));
            if (difference < lowest || (isClose && samples < fewest))
            {
                (best, lowest, fewest) = (fold, difference, samples);
            }
        }

        return best;
    }

    /// <summary>Returns how much the folds' shares of a class differ: the mean over the classes of the standard deviation over the folds.</summary>
    private static double Difference(double[][] ofFold, int[] ofClass)
    {
        var deviations = new double[ofClass.Length];
        for (int c = 0; c < deviations.Length; c++)
        {
            double mean = 0;
            foreach (double[] fold in ofFold)
            {
                mean += fold[c] / ofClass[c];
            }

            mean /= ofFold.Length;
            double squares = 0;
            foreach (double[] fold in ofFold)
            {
                double off = (fold[c] / ofClass[c]) - mean;
                squares += off * off;
            }

            deviations[c] = Math.Sqrt(squares / ofFold.Length);
        }

        return Sum(deviations) / deviations.Length;
    }

    private static double Deviation(double[] counts)
    {
        double mean = Sum(counts) / counts.Length;
        return Math.Sqrt(Sum(Array.ConvertAll(counts, c => (c - mean) * (c - mean))) / counts.Length);
    }

    private static void Add(double[] to, double[] counts, int sign)
    {
        for (int c = 0; c < to.Length; c++)
        {
            to[c] += sign * counts[c];
        }
    }

    /// <summary>Sums in the order of NumPy: eight sums side by side, halves of more than 128 values apart.</summary>
    private static double Sum(ReadOnlySpan<double> values)
    {
        if (values.Length > 128)
        {
            int half = values.Length / 2;
            half -= half % 8;
            return Sum(values[..half]) + Sum(values[half..]);
        }

        double sum = 0;
        int summed = 0;
        if (values.Length >= 8)
        {
            Span<double> sums = stackalloc double[8];
            for (; summed + 8 <= values.Length; summed += 8)
            {
                for (int j = 0; j < 8; j++)
                {
                    sums[j] += values[summed + j];
                }
            }

            sum = (sums[0] + sums[1] + (sums[2] + sums[3])) + (sums[4] + sums[5] + (sums[6] + sums[7]));
        }

        foreach (double value in values[summed..])
        {
            sum += value;
        }

        return sum;
    }
}
