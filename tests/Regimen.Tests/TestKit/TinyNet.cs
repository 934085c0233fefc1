using Regimen.Engine;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Regimen.Tests.TestKit;

/// <summary>A model of two linear layers, with optional dropout between them.</summary>
internal sealed class TinyNet : nn.Module<Tensor, Tensor>
{
    private readonly Linear fc1;
    private readonly Linear fc2;
    private readonly Dropout? dropout;

    public TinyNet(int features = 4, int hidden = 8, int classes = 3, double drop = 0)
        : base(nameof(TinyNet))
    {
        fc1 = nn.Linear(features, hidden);
        fc2 = nn.Linear(hidden, classes);
        dropout = drop > 0 ? nn.Dropout(drop) : null;
        RegisterComponents();
    }

    /// <summary>Returns the model that a seed initialises.</summary>
    public static TinyNet Seeded(ulong seed = 1, int features = 4, int hidden = 8, int classes = 3, double drop = 0)
    {
        TorchRandom.SeedInitialization(seed);
        return new TinyNet(features, hidden, classes, drop);
    }

    public override Tensor forward(Tensor input)
    {
        Tensor hidden = nn.functional.relu(fc1.call(input));
        return fc2.call(dropout is null ? hidden : dropout.call(hidden));
    }
}
