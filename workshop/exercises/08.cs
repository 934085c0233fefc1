namespace Workshop.Exercises;

public static class Step08
{
    /// <summary>Exercise 1. Returns the first place, from 0, at which two lists of losses do not have the same bits; −1 if all bits are equal. If one list
    /// is longer, its first further place differs.</summary>
    /// <remarks><c>==</c> is not enough: NaN == NaN is false, and 0.0 == −0.0 is true.</remarks>
    public static int FirstDifference(IReadOnlyList<float> a, IReadOnlyList<float> b) => throw new NotImplementedException();

    /// <summary>Exercise 2. Returns a seed for one step of a run, for one purpose (1: dropout, 2: augmentation, …). Different arguments give different
    /// seeds, for all seeds, purposes and steps below 1000; the same arguments give the same seed in each process.</summary>
    public static ulong SeedOf(int seed, int purpose, int step) => throw new NotImplementedException();

    /// <summary>Exercise 3. Decides from the name of a file alone whether it is held out for validation, so that a file stays in its part when others are
    /// added. Take the first four bytes of the SHA-256 of the name in UTF-8 as a big-endian number, divided by 2³²: below
    /// <paramref name="share"/>, it is held out.</summary>
    public static bool IsHeldOut(string name, double share) => throw new NotImplementedException();
}
