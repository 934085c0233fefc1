namespace Workshop.Exercises;

public static class Step09
{
    /// <summary>Exercise 1. Returns the losses in the lines of a log, in their order: of the entries whose <c>event</c> is <c>epoch</c>, the number
    /// <c>loss</c>. The last line may be cut off in the middle, because the run was killed while it was written: it is left out.</summary>
    /// <exception cref="FormatException">A line before the last one is not JSON.</exception>
    public static double[] Losses(IReadOnlyList<string> lines) => throw new NotImplementedException();

    /// <summary>Exercise 2. Returns which of the required names the first entry of a log does not have, in the order of <paramref name="required"/>. A name with
    /// a dot is inside an object: <c>settings.seed</c>. A value of null counts as missing.</summary>
    public static string[] Missing(string firstLine, IReadOnlyList<string> required) => throw new NotImplementedException();

    /// <summary>Exercise 3. Returns the digest of weights, as 64 lower-case hexadecimal digits: the SHA-256 of, for each name in ordinal order, the name in
    /// UTF-8, a zero byte, and its values as little-endian floats of four bytes.</summary>
    public static string Digest(IReadOnlyDictionary<string, float[]> weights) => throw new NotImplementedException();
}
