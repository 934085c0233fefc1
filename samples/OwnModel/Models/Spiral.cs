using System.ComponentModel.DataAnnotations;
using Regimen.Data;
using Regimen.Layers;
using Regimen.Models;
using static TorchSharp.torch;

namespace OwnModel.Models;

/// <summary>Perceptron with two hidden layers; one hidden layer is not enough for a spiral.</summary>
[Model("spiral")]
public sealed class Spiral : nn.Module<Tensor, Tensor>
{
    public sealed record Options
    {
        /// <summary>Neurons in each hidden layer.</summary>
        [Range(1, 65_536)]
        public int Hidden { get; init; } = 64;
    }

    private readonly Linear fc1;
    private readonly Linear fc2;
    private readonly Linear fc3;

    public Spiral(Options options, SampleShape input, int outputs)
        : base(nameof(Spiral))
    {
        fc1 = new Linear(input.Elements, options.Hidden);
        fc2 = new Linear(options.Hidden, options.Hidden);
        fc3 = new Linear(options.Hidden, outputs);
        RegisterComponents();
    }

    public override Tensor forward(Tensor input) => LinearChain.Run(input.flatten(1), fc1, fc2, fc3);
}
