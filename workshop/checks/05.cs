using static TorchSharp.torch;
using Yours = Workshop.Exercises.Step05;
using Solution = Workshop.Solutions.Step05;

namespace Workshop.Checks;

internal static class Step05
{
    private static Tensor Scores => tensor(new[,] { { 0.1f, 2f, 1f }, { 3f, -1f, 2.5f }, { 0f, 1f, 5f }, { 1f, 0.5f, 0.2f } });

    private static Tensor Labels => tensor(new long[] { 1, 2, 2, 2 });

    public static Exercise[] All { get; } =
    [
        Exercise.For("05", 1, "the accuracy",
            ["argmax(1) is the place of the largest score of each row.", "A comparison gives true and false; their mean as numbers is the share."],
            Yours.Accuracy, Solution.Accuracy, accuracy => Answer.Close("the accuracy of four samples, two of them right", 0.5, accuracy(Scores, Labels))),
        Exercise.For("05", 2, "the accuracy of the k largest scores",
            ["scores.topk(k, 1).indexes are the places of the k largest scores of each row: [samples, k].", "Compare with labels.unsqueeze(1), which is [samples, 1]; any(1) is true if one is equal."],
            Yours.TopAccuracy, Solution.TopAccuracy, accuracy =>
            {
                Answer.Close("k = 1", 0.5, accuracy(Scores, Labels, 1));
                Answer.Close("k = 2", 0.75, accuracy(Scores, Labels, 2));
                Answer.Close("k = 3", 1, accuracy(Scores, Labels, 3));
            }),
        Exercise.For("05", 3, "precision and recall of a class",
            ["The answers of a class are its column, the samples its row.", "Both divide confusion[kind, kind]: by the sum of the column, and by the sum of the row."],
            Yours.PrecisionAndRecall, Solution.PrecisionAndRecall, measure =>
            {
                int[,] confusion = { { 5, 1, 0 }, { 3, 6, 0 }, { 0, 2, 0 } };
                Answer.Close("the precision of class 0", 0.625, measure(confusion, 0).Precision);
                Answer.Close("the recall of class 0", 5.0 / 6, measure(confusion, 0).Recall);
                Answer.Close("the precision of class 2, which is never an answer", 0, measure(confusion, 2).Precision);
                Answer.Close("the recall of class 2", 0, measure(confusion, 2).Recall);
            }),
    ];
}
