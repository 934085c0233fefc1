using TorchSharp;
using static TorchSharp.torch;

namespace Workshop.Solutions;

public static class Step05
{
    public static double Accuracy(Tensor scores, Tensor labels) => (scores.argmax(1) == labels).to(ScalarType.Float64).mean().item<double>();

    public static double TopAccuracy(Tensor scores, Tensor labels, int k)
        => (scores.topk(k, 1).indexes == labels.unsqueeze(1)).any(1).to(ScalarType.Float64).mean().item<double>();

    public static (double Precision, double Recall) PrecisionAndRecall(int[,] confusion, int kind)
    {
        int[] classes = [.. Enumerable.Range(0, confusion.GetLength(0))];
        double answers = classes.Sum(c => confusion[c, kind]);
        double samples = classes.Sum(c => confusion[kind, c]);
        double right = confusion[kind, kind];
        return (answers == 0 ? 0 : right / answers, samples == 0 ? 0 : right / samples);
    }
}
