using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Workshop.Built;

/// <summary>Two linear layers, with a ReLU between them: 784 pixels → hidden units → 10 scores.</summary>
public sealed class Perceptron : nn.Module<Tensor, Tensor>
{
    private readonly Linear fc1;
    private readonly Linear fc2;

    public Perceptron(int hidden = 128, bool register = true)
        : base(nameof(Perceptron))
    {
        fc1 = nn.Linear(784, hidden);
        fc2 = nn.Linear(hidden, 10);

        // Finds the layers in the fields, and names their parameters after them. Always the last line of a constructor.
        if (register)
        {
            RegisterComponents();
        }
    }

    /// <summary>The weights of the first layer: <c>[hidden, 784]</c>.</summary>
    public Tensor First => fc1.weight!;

    /// <summary>The scores <c>[samples, 10]</c> of pictures <c>[samples, 1, 28, 28]</c>.</summary>
    public override Tensor forward(Tensor input) => fc2.call(nn.functional.relu(fc1.call(input.flatten(1))));
}
