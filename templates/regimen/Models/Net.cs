using System.ComponentModel.DataAnnotations;
using Regimen.Layers;
using static TorchSharp.torch;

namespace TrainingNamespace1.Models;

/// <summary>Perceptron with two hidden layers.</summary>
[Model("net")]
public sealed class Net : nn.Module<Tensor, Tensor>
{
    /// <summary>The keys below <c>model</c>, with bounds, defaults and help.</summary>
    public sealed record Options
    {
        /// <summary>Neurons in each hidden layer.</summary>
        [Range(1, 65_536)]
        public int Hidden { get; init; } = 32;
    }

    private readonly Linear fc1;
    private readonly Linear fc2;
    private readonly Linear fc3;

    /// <summary>Creates the model.</summary>
    /// <param name="options">The options.</param>
    /// <param name="input">The shape of a sample, without the batch.</param>
    /// <param name="outputs">The number of classes.</param>
    public Net(Options options, SampleShape input, int outputs)
        : base(nameof(Net))
    {
        fc1 = new Linear(input.Elements, options.Hidden);
        fc2 = new Linear(options.Hidden, options.Hidden);
        fc3 = new Linear(options.Hidden, outputs);
        RegisterComponents();
    }

    /// <summary>Computes the logits.</summary>
    /// <param name="input">float32 [batch, …sample].</param>
    /// <returns>float32 [batch, outputs].</returns>
    public override Tensor forward(Tensor input) => LinearChain.Run(input.flatten(1), fc1, fc2, fc3);
}
