using Yours = Workshop.Exercises.Step01;
using Solution = Workshop.Solutions.Step01;

namespace Workshop.Checks;

internal static class Step01
{
    public static Exercise[] All { get; } =
    [
        Exercise.For("01", 1, "read the header of a file of pictures",
            ["Big-endian: the first byte counts 256³, the last one 1.", "BinaryPrimitives.ReadInt32BigEndian(file.AsSpan(4)) is the count."],
            Yours.ReadHeader, Solution.ReadHeader, read =>
            {
                Answer.Equal("count, height and width", (60_000, 28, 28), read([0, 0, 8, 3, 0, 0, 234, 96, 0, 0, 0, 28, 0, 0, 0, 28, 7, 7]));
                Answer.Equal("count, height and width", (70_001, 19, 300), read([0, 0, 8, 3, 0, 1, 17, 113, 0, 0, 0, 19, 0, 0, 1, 44]));
                Answer.Throws<InvalidDataException>("the header of a file of labels", () => read([0, 0, 8, 1, 0, 0, 234, 96, 0, 0, 0, 28, 0, 0, 0, 28]));
            }),
        Exercise.For("01", 2, "count the labels of each class",
            ["A class may have no sample: its count is 0.", "Begin with new int[classes], and add 1 at the place of each label."],
            Yours.CountClasses, Solution.CountClasses, count =>
            {
                Answer.Sequence("the counts of 3 1 1 3 3", [0, 2, 0, 3], count([3, 1, 1, 3, 3], 4));
                Answer.Sequence("the counts of no labels", [0, 0], count([], 2));
            }),
        Exercise.For("01", 3, "split a data set at random",
            ["Shuffle all numbers first, then cut.", "new Random(seed).Shuffle(order) shuffles; order[..heldOut] is the held-out part."],
            Yours.Split, Solution.Split, split =>
            {
                (int[] training, int[] heldOut) = split(103, 20, 7);
                Answer.Equal("the size of the held-out part", 20, heldOut.Length);
                Answer.Sequence("both parts together, sorted", Enumerable.Range(0, 103), training.Concat(heldOut).Order());
                Answer.Sequence("the held-out part for the same seed again", heldOut, split(103, 20, 7).HeldOut);
                Answer.Holds(!heldOut.SequenceEqual(split(103, 20, 8).HeldOut), "Another seed must give another held-out part.");
                Answer.Holds(!heldOut.Order().SequenceEqual(Enumerable.Range(0, 20)) && !heldOut.Order().SequenceEqual(Enumerable.Range(83, 20)),
                    "The held-out part must be chosen at random: files are often sorted.");
            }),
    ];
}
