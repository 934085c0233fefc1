using static TorchSharp.torch;

namespace Workshop.Exercises;

public static class Step06
{
    /// <summary>Exercise 1. Returns a new model of pictures <c>[samples, 1, 28, 28]</c> with three linear layers: 784 → 64 → 32 → 10, with a ReLU after the first and the second.
    /// Write it as a class of its own, below or in a new file.</summary>
    public static nn.Module<Tensor, Tensor> CreateDeepPerceptron() => throw new NotImplementedException();

    /// <summary>Exercise 2. Returns the type with a name, without regard to upper and lower case.</summary>
    /// <exception cref="ArgumentException">There is none. The message has the names of all types, in the order of the alphabet.</exception>
    public static Type Find(IReadOnlyList<Type> types, string name) => throw new NotImplementedException();

    /// <summary>Exercise 3. Returns the path of a file in a project: relative paths begin at the project's folder, and absolute paths are refused.</summary>
    /// <exception cref="ArgumentException">The path is absolute, or leads out of the project's folder, as <c>../secret</c> does.</exception>
    public static string PathIn(string project, string path) => throw new NotImplementedException();
}
