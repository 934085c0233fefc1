using TorchSharp;
using static TorchSharp.torch;

namespace Workshop.Exercises;

public static class Step05
{
    /// <summary>Exercise 1. Returns the share of samples, from 0 to 1, whose largest score is that of the label.</summary>
    public static double Accuracy(Tensor scores, Tensor labels) => throw new NotImplementedException();

    /// <summary>Exercise 2. Returns the share of samples whose label is among the <paramref name="k"/> largest scores.</summary>
    public static double TopAccuracy(Tensor scores, Tensor labels, int k) => throw new NotImplementedException();

    /// <summary>Exercise 3. Returns precision and recall of a class. Precision: of the samples that got this answer, the share that is of this class. Recall: of the
    /// samples of this class, the share that got this answer. Where there is no such sample, it is 0.</summary>
    /// <param name="confusion">How often each class (row) got each answer (column).</param>
    /// <param name="kind">The class.</param>
    public static (double Precision, double Recall) PrecisionAndRecall(int[,] confusion, int kind) => throw new NotImplementedException();
}
