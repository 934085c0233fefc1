using System.Globalization;
using Regimen.Evaluation;
using Regimen.Runs;

namespace Regimen.Training;

/// <summary>Results that are not finite, as the problem that a run ends with.</summary>
public static class FiniteCheck
{
    private const string Hint = "Look for values in the data that are not finite, for statistics of a normalization layer that are not, and lower optimizer.lr.";

    /// <summary>That the loss of a pass is not finite; null where it is.</summary>
    public static Problem? OfLoss(Pass pass) => double.IsFinite(pass.Loss) ? null : NotFinite(pass.Split, pass.Loss, pass.At.ToString());

    /// <summary>That the loss of an evaluation is not finite; null where it is.</summary>
    /// <param name="result">What was measured.</param>
    /// <param name="split">The part of the data.</param>
    /// <param name="where">The weights that were evaluated.</param>
    public static Problem? OfLoss(EvaluationResult result, string split, string where)
        => double.IsFinite(result.Loss) ? null : NotFinite(split, result.Loss, where);

    /// <summary>That a watched value was never finite.</summary>
    internal static Problem NeverFinite(string monitor, History history)
    {
        (Progress At, double Value)[] course = [.. history.Course(monitor)];
        return new Problem($"{monitor} was never a finite number in {Count(course.Length)}")
        {
            Where = course[^1].At.ToString(),
            Expected = $"a finite {monitor}",
            Received = $"{DisplayText(course[^1].Value)} in the last one",
            Hint = Hint,
        };
    }

    private static Problem NotFinite(string split, double loss, string where) => new($"The {split} loss is not a finite number")
    {
        Where = where,
        Expected = $"a finite {split}.loss",
        Received = DisplayText(loss),
        Hint = Hint,
    };

    private static string Count(int passes) => passes == 1 ? "one pass" : $"{passes} passes";

    private static string DisplayText(double value) => value.ToString(CultureInfo.InvariantCulture);
}
