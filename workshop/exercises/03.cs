using TorchSharp;
using static TorchSharp.torch;

namespace Workshop.Exercises;

public static class Step03
{
    /// <summary>Exercise 1. Returns the number of parameters that training changes: those whose <c>requires_grad</c> is true.</summary>
    public static long CountTrainable(nn.Module model) => throw new NotImplementedException();

    /// <summary>Exercise 2. Returns the gradient of sum(x³) at x, with <c>backward()</c>. The tensor that is passed must not be changed.</summary>
    public static Tensor GradientOfCubes(Tensor x) => throw new NotImplementedException();

    /// <summary>Exercise 3. Scales each column of a table <c>[rows, columns]</c> to mean 0 and standard deviation 1, without a loop.</summary>
    public static Tensor Standardize(Tensor table) => throw new NotImplementedException();
}
