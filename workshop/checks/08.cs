using Yours = Workshop.Exercises.Step08;
using Solution = Workshop.Solutions.Step08;

namespace Workshop.Checks;

internal static class Step08
{
    public static Exercise[] All { get; } =
    [
        Exercise.For("08", 1, "find the first difference of two runs",
            ["BitConverter.SingleToInt32Bits(x) returns the bits of x as a number.", "Compare up to the end of the shorter list first, then the lengths."],
            Yours.FirstDifference, Solution.FirstDifference, first =>
            {
                Answer.Equal("lists that differ in the last bit of place 2", 2, first([1, 2, 3, 4], [1, 2, MathF.BitIncrement(3), 5]));
                Answer.Equal("equal lists with NaN", -1, first([1, float.NaN], [1, float.NaN]));
                Answer.Equal("0.0 and -0.0", 0, first([0f], [-0f]));
                Answer.Equal("a list that goes on", 2, first([1, 2], [1, 2, 3]));
                Answer.Equal("two empty lists", -1, first([], []));
            }),
        Exercise.For("08", 2, "a seed for each step",
            ["seed + step is not enough: seed 1, step 2 and seed 2, step 1 give the same.", "Give each number its own digits: (seed * 1000 + purpose) * 1,000,000 + step."],
            Yours.SeedOf, Solution.SeedOf, seedOf =>
            {
                var seen = new HashSet<ulong>();
                foreach ((int seed, int purpose, int step) in from seed in new[] { 0, 1, 2, 3, 41, 42, 43, 999 } from purpose in new[] { 1, 2, 3, 8, 500 } from step in Enumerable.Range(0, 1000) select (seed, purpose, step))
                {
                    Answer.Holds(seen.Add(seedOf(seed, purpose, step)), $"The seed of seed {seed}, purpose {purpose}, step {step} was returned for other arguments too.");
                }

                Answer.Equal("the seed of the same arguments again", seedOf(42, 1, 7), seedOf(42, 1, 7));
            }),
        Exercise.For("08", 3, "hold out files by their names",
            ["SHA256.HashData(Encoding.UTF8.GetBytes(name)) returns 32 bytes.", "BinaryPrimitives.ReadUInt32BigEndian(hash) reads the first four; divide by 4294967296.0."],
            Yours.IsHeldOut, Solution.IsHeldOut, isHeldOut =>
            {
                IEnumerable<string> few = Enumerable.Range(0, 12).Select(i => $"digit-{i}.png");
                Answer.Sequence("the files held out of digit-0.png to digit-11.png, share 0.3", ["digit-0.png", "digit-1.png", "digit-10.png"], few.Where(n => isHeldOut(n, 0.3)));
                Answer.Equal("the number held out of 5000 files, share 0.2", 1003, Enumerable.Range(0, 5000).Count(i => isHeldOut($"digit-{i}.png", 0.2)));
                Answer.Equal("ö.png, share 0.664", true, isHeldOut("ö.png", 0.664));
            }),
    ];
}
