using Yours = Workshop.Exercises.Step02;
using Solution = Workshop.Solutions.Step02;

namespace Workshop.Checks;

internal static class Step02
{
    public static Exercise[] All { get; } =
    [
        Exercise.For("02", 1, "the sizes of the batches of an epoch",
            ["count / size batches are full; count % size samples are left.", "A rest of 0 is no batch."],
            Yours.BatchSizes, Solution.BatchSizes, sizes =>
            {
                Answer.Sequence("10 samples in batches of 4", [4, 4, 2], sizes(10, 4, false));
                Answer.Sequence("10 samples in batches of 4, without the rest", [4, 4], sizes(10, 4, true));
                Answer.Sequence("12 samples in batches of 4", [4, 4, 4], sizes(12, 4, false));
                Answer.Sequence("3 samples in batches of 4", [3], sizes(3, 4, false));
            }),
        Exercise.For("02", 2, "an order that is a function of seed and epoch",
            ["new Random(number).Shuffle(order) gives the same order for the same number.", "Make one number of both: seed * 1000 + epoch."],
            Yours.Order, Solution.Order, order =>
            {
                int[] first = order(100, 42, 1);
                Answer.Sequence("the order, sorted", Enumerable.Range(0, 100), first.Order());
                Answer.Sequence("the order of seed 42, epoch 1, a second time", first, order(100, 42, 1));
                Answer.Holds(!first.SequenceEqual(Enumerable.Range(0, 100)), "The order must be random.");
                Answer.Holds(!first.SequenceEqual(order(100, 42, 2)), "Epoch 2 must have another order than epoch 1.");
                Answer.Holds(!first.SequenceEqual(order(100, 43, 1)), "Seed 43 must give another order than seed 42.");
            }),
        Exercise.For("02", 3, "the mean loss of an epoch",
            ["The last batch has fewer samples, so it counts less.", "Sum of loss × samples, divided by the sum of the samples."],
            Yours.EpochLoss, Solution.EpochLoss, loss =>
            {
                Answer.Close("the mean of 64 samples with loss 1 and 32 with loss 4", 2, loss([(1, 64), (4, 32)]));
                Answer.Close("the mean of one batch", 0.5, loss([(0.5, 7)]));
            }),
    ];
}
