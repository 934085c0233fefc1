using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Digits.Models;

/// <summary>Two linear layers, as in step 03.</summary>
public sealed class Perceptron : nn.Module<Tensor, Tensor>
{
    private readonly Linear fc1 = nn.Linear(784, 128);
    private readonly Linear fc2 = nn.Linear(128, 10);

    public Perceptron()
        : base(nameof(Perceptron)) => RegisterComponents();

    public override Tensor forward(Tensor input) => fc2.call(nn.functional.relu(fc1.call(input.flatten(1))));
}
