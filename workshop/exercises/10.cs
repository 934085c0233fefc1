using static TorchSharp.torch;

namespace Workshop.Exercises;

public static class Step10
{
    /// <summary>Exercise 1. Returns the shape of each tensor in a safetensors file, by name. The file begins with the length of its header, in eight
    /// little-endian bytes. The header is a JSON object: each name has an object with <c>shape</c>; the name <c>__metadata__</c> is no tensor.</summary>
    /// <exception cref="FormatException">The file is shorter than its header says, or shorter than eight bytes.</exception>
    public static Dictionary<string, long[]> Shapes(byte[] file) => throw new NotImplementedException();

    /// <summary>Exercise 2. Writes a file so that there is always a whole one: <paramref name="write"/> writes its content. If it fails, the old file is as it
    /// was, no other file is left in the folder, and the exception is thrown on.</summary>
    public static void Replace(string path, Action<Stream> write) => throw new NotImplementedException();

    /// <summary>Exercise 3. Copies weights from a file into a model, where the name and the shape are the same. Returns the names of the model that were not
    /// in the file, or with another shape, in ordinal order: these start at random.</summary>
    public static string[] LoadMatching(nn.Module model, IReadOnlyDictionary<string, Tensor> file) => throw new NotImplementedException();
}
