using System.ComponentModel.DataAnnotations;
using Regimen.Catalog;
using Regimen.Data;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace OwnModel.Models;

/// <summary>Perceptron with one hidden layer.</summary>
[Model("wide")]
public sealed class Wide : nn.Module<Tensor, Tensor>
{
    public sealed record Options
    {
        /// <summary>Neurons in the hidden layer.</summary>
        [Range(1, 65_536)]
        public int Hidden { get; init; } = 512;
    }

    private readonly Linear fc1;
    private readonly Linear fc2;

    public Wide(Options options, SampleShape input, int outputs)
        : base(nameof(Wide))
    {
        fc1 = nn.Linear(input.Elements, options.Hidden);
        fc2 = nn.Linear(options.Hidden, outputs);
        RegisterComponents();
    }

    public override Tensor forward(Tensor input) => fc2.call(nn.functional.relu(fc1.call(input.flatten(1))));
}
