namespace Regimen.Metrics;

/// <summary>Scores that depend on the ranking of the predictions only, not on a threshold.</summary>
/// <param name="Auroc">The area under the ROC curve: the probability that a positive ranks above a negative, with ties counted half. NaN if
/// there are no positives or no negatives.</param>
/// <param name="AveragePrecision">The mean precision over the recalls, without interpolation; 0 without positives.</param>
internal readonly record struct RankingScores(double Auroc, double AveragePrecision)
{
    /// <summary>The reason for undefined scores if a prediction is NaN.</summary>
    public const string NotNumbers = "some predictions are not numbers";

    /// <summary>Computes the scores as scikit-learn's <c>roc_auc_score</c> and <c>average_precision_score</c>, with integer counts. If a
    /// prediction is NaN, both scores are NaN.</summary>
    public static RankingScores Of(ReadOnlySpan<float> predictions, ReadOnlySpan<bool> positive)
    {
        foreach (float prediction in predictions)
        {
            if (float.IsNaN(prediction))
            {
                return new(double.NaN, double.NaN);
            }
        }

        float[] keys = predictions.ToArray();
        bool[] hits = positive.ToArray();
        Array.Sort(keys, hits);
        long positives = positive.Count(true);
        long negatives = keys.Length - positives;
        long found = 0;
        long seen = 0;
        double twiceWon = 0;
        double precision = 0;
        for (int end = keys.Length; end > 0;)
        {
            int start = end - 1;
            while (start > 0 && keys[start - 1] == keys[end - 1])
            {
                start--;
            }

            long here = hits.AsSpan(start, end - start).Count(true);
            long others = end - start - here;
            twiceWon += (double)others * ((2 * found) + here);
            found += here;
            seen += end - start;
            precision += here * ((double)found / seen);
            end = start;
        }

        return new(
            positives == 0 || negatives == 0 ? double.NaN : twiceWon / (2.0 * positives * negatives),
            positives == 0 ? 0 : precision / positives);
    }
}
