using System.Text.Json;
using System.Text.Json.Serialization;

namespace Regimen.Reports;

/// <summary>The findings of a classification.</summary>
internal sealed record ClassFindings
{
    /// <summary>The number of samples that were predicted wrongly, those without a prediction included.</summary>
    public required long Wrong { get; init; }

    /// <summary>The number of samples without a prediction: an output is not a number.</summary>
    public required long Unpredicted { get; init; }

    /// <summary>The cells of the confusion matrix that are not 0: <c>[true class, predicted class, count]</c>, in ascending order.</summary>
    public required IReadOnlyList<IReadOnlyList<long>> Confusion { get; init; }

    /// <summary>The scores of each class, in the order of their indices.</summary>
    public required IReadOnlyList<FoundScore> PerClass { get; init; }

    /// <summary>The expected calibration error, from 0 to 1; NaN without a prediction.</summary>
    public required double CalibrationError { get; init; }

    /// <summary>The predictions by their confidence: equal intervals from 0 to 1.</summary>
    public required IReadOnlyList<CalibrationBin> Calibration { get; init; }

    /// <summary>The mistakes with the highest loss, the highest first.</summary>
    public required IReadOnlyList<Mistake> Mistakes { get; init; }

    /// <summary>Refuses indices that are not those of a class.</summary>
    /// <exception cref="JsonException">There is one.</exception>
    internal void ThrowUnlessOf(int classes)
    {
        bool IsClass(long index) => index >= 0 && index < classes;
        if (Confusion.Any(c => c is not [var row, var column, >= 0] || !IsClass(row) || !IsClass(column))
            || Mistakes.Any(m => !IsClass(m.True) || (m.Predicted is { } p && !IsClass(p))))
        {
            throw new JsonException("an index is not that of a class");
        }
    }
}

/// <summary>The scores of a class or label.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Precision">The fraction of its predictions that are right.</param>
/// <param name="Recall">The fraction of its samples that were found.</param>
/// <param name="F1">The harmonic mean of both.</param>
/// <param name="Support">The number of its samples.</param>
internal sealed record FoundScore(string Name, double Precision, double Recall, double F1, long Support);

/// <summary>The predictions of an interval of confidence.</summary>
/// <param name="Count">Their number.</param>
/// <param name="Confidence">Their mean confidence; 0 without any.</param>
/// <param name="Accuracy">The fraction that is right; 0 without any.</param>
internal sealed record CalibrationBin(long Count, double Confidence, double Accuracy);

/// <summary>A sample that was predicted wrongly.</summary>
/// <param name="Sample">The sample.</param>
/// <param name="True">The index of its class.</param>
/// <param name="Predicted">The index of the predicted class; null for no prediction.</param>
/// <param name="Confidence">The probability of the predicted class; NaN for no prediction.</param>
/// <param name="ProbabilityOfTrue">The probability of its own class.</param>
internal sealed record Mistake(
    FoundSample Sample, int True, [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] int? Predicted, double Confidence, double ProbabilityOfTrue);

/// <summary>The findings of a multi-label classification.</summary>
internal sealed record LabelFindings
{
    /// <summary>The number of samples with at least one wrong label.</summary>
    public required long Wrong { get; init; }

    /// <summary>The scores of each label, in the order of their indices.</summary>
    public required IReadOnlyList<FoundScore> PerLabel { get; init; }

    /// <summary>The mistakes with the highest loss, the highest first.</summary>
    public required IReadOnlyList<LabelMistake> Mistakes { get; init; }
}

/// <summary>A sample with a wrong label.</summary>
/// <param name="Sample">The sample.</param>
/// <param name="Missed">Its labels that were not predicted, with their probabilities.</param>
/// <param name="Added">The predicted labels that it does not have, with their probabilities.</param>
/// <param name="Loss">The sum of its labels' losses.</param>
internal sealed record LabelMistake(FoundSample Sample, IReadOnlyList<FoundLabel> Missed, IReadOnlyList<FoundLabel> Added, double Loss);

/// <summary>A label and its probability.</summary>
internal sealed record FoundLabel(string Name, double Probability);
