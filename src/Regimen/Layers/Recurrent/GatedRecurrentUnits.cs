using System.Globalization;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Regimen.Layers;

/// <summary>Layers of gated recurrent units (Cho et al., 2014) with portable bits, and the parameter names and the initialisation of
/// <c>torch.nn.GRU</c>.</summary>
internal sealed class GatedRecurrentUnits : nn.Module<Tensor, Tensor>, IPortable, ICountsMultiplyAdds
{
    private readonly Dropout drop;

    /// <summary>Creates the layers.</summary>
    /// <param name="inputs">The number of input features.</param>
    /// <param name="width">The number of units of each layer.</param>
    /// <param name="layers">The number of layers.</param>
    /// <param name="dropout">The dropout probability between layers.</param>
    public GatedRecurrentUnits(long inputs, long width, int layers, double dropout)
        : base("GRU")
    {
        drop = new Dropout(dropout);
        RegisterComponents();
        for (int i = 0; i < layers; i++)
        {
            Create("weight_ih_l", i, 3 * width, i == 0 ? inputs : width);
            Create("weight_hh_l", i, 3 * width, width);
            Create("bias_ih_l", i, 3 * width);
            Create("bias_hh_l", i, 3 * width);
        }

        void Create(string name, int layer, params long[] shape)
        {
            var parameter = new Parameter(empty(shape));
            InitialUniform.Fill(parameter, 1 / Math.Sqrt(width));
            register_parameter(Name(name, layer), parameter);
        }
    }

    /// <inheritdoc/>
    public string? MachineOperation => null;

    /// <inheritdoc/>
    public long MultiplyAdds(Tensor input, Tensor output) => parameters().Where(p => p.dim() == 2).Sum(p => p.numel()) * (input.numel() / Math.Max(1, input.size(-1)));

    /// <summary>Returns the states of the last layer, <c>[batch, time, width]</c>.</summary>
    /// <param name="input">The input <c>[batch, time, features]</c>.</param>
    public override Tensor forward(Tensor input) => Run(this, input, drop);

    /// <summary>Returns the states of the last layer, computed from the parameters of a module that has PyTorch's names.</summary>
    /// <param name="module">The module.</param>
    /// <param name="input">The input <c>[batch, time, features]</c>.</param>
    /// <param name="between">The dropout between layers; null for none.</param>
    public static Tensor Run(nn.Module module, Tensor input, Dropout? between)
    {
        Tensor values = input;
        for (int i = 0; module.get_parameter(Name("weight_ih_l", i)) is { } weight; i++)
        {
            values = i == 0 || between is null ? values : between.call(values);
            values = WeightProduct.Run(values, weight, module.get_parameter(Name("bias_ih_l", i)));
            values = GruOperation.Run(values, module.get_parameter(Name("weight_hh_l", i))!, module.get_parameter(Name("bias_hh_l", i))!);
        }

        return values;
    }

    private static string Name(string kind, int layer) => string.Create(CultureInfo.InvariantCulture, $"{kind}{layer}");
}
