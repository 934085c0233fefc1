using System.Globalization;
using Regimen.Evaluation;
using Regimen.Runs;

namespace Regimen.Training;

/// <summary>Checks that results are finite, and describes the problem if they are not.</summary>
internal static class FiniteCheck
{
    /// <summary>The way on for a run that is recorded.</summary>
    internal const string ForkHint = "`regimen fork RUN optimizer.lr=VALUE` starts a new run from the last checkpoint.";

    private const string Hint = "Look for values in the data that are not finite, for statistics of a normalization layer that are not, and lower optimizer.lr. " + ForkHint;

    /// <summary>Returns a problem if the loss of a pass is not finite; null otherwise.</summary>
    public static Problem? OfLoss(Pass pass) => double.IsFinite(pass.Loss) ? null : NotFinite(pass.Split, pass.Loss, pass.At.ToString());

    /// <summary>Returns a problem if the loss of an evaluation is not finite; null otherwise.</summary>
    /// <param name="result">The result of the evaluation.</param>
    /// <param name="split">The split that was evaluated.</param>
    /// <param name="where">The weights that were evaluated, for the message.</param>
    public static Problem? OfLoss(EvaluationResult result, string split, string where)
        => double.IsFinite(result.Loss) ? null : NotFinite(split, result.Loss, where);

    /// <summary>Returns the problem that a monitored value was never finite.</summary>
    internal static Problem NeverFinite(string monitor, History history)
    {
        (Progress At, double Value)[] values = [.. history.Course(monitor)];
        return new Problem($"{monitor} was never a finite number in {Count(values.Length)}")
        {
            Where = values[^1].At.ToString(),
            Expected = $"a finite {monitor}",
            Received = $"{DisplayText(values[^1].Value)} in the last one",
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
