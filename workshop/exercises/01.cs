namespace Workshop.Exercises;

public static class Step01
{
    /// <summary>Exercise 1. Returns the three numbers in the header of a file of pictures: the number of pictures, their height and their width. The header is
    /// four big-endian numbers of four bytes each; the first is the magic number 0x00000803.</summary>
    /// <exception cref="InvalidDataException">The magic number is another one.</exception>
    public static (int Count, int Height, int Width) ReadHeader(byte[] file) => throw new NotImplementedException();

    /// <summary>Exercise 2. Returns how many labels there are of each class, from 0 to <paramref name="classes"/> − 1.</summary>
    public static int[] CountClasses(IReadOnlyList<long> labels, int classes) => throw new NotImplementedException();

    /// <summary>Exercise 3. Splits the numbers from 0 to <paramref name="count"/> − 1 at random into a part for training and a held-out part of
    /// <paramref name="heldOut"/> numbers. Each number is in exactly one part, and the same seed gives the same parts.</summary>
    public static (int[] Training, int[] HeldOut) Split(int count, int heldOut, int seed) => throw new NotImplementedException();
}
