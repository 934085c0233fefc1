using System.Globalization;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Regimen.Layers;

/// <summary>Layers of gated recurrent units (Cho et al., 2014) with portable bits, and the parameter names and the initialisation of
/// <c>torch.nn.GRU</c>.</summary>
internal sealed class GatedRecurrentUnits : nn.Module<Tensor, Tensor>, IPortable, ICountsMultiplyAdds
{
    private readonly (Parameter Weight, Parameter Bias, Parameter Hidden, Parameter HiddenBias)[] _layers;
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
        _layers = new (Parameter, Parameter, Parameter, Parameter)[layers];
        for (int i = 0; i < layers; i++)
        {
            Parameter weight = Create("weight_ih_l", i, 3 * width, i == 0 ? inputs : width);
            Parameter hidden = Create("weight_hh_l", i, 3 * width, width);
            _layers[i] = (weight, Create("bias_ih_l", i, 3 * width), hidden, Create("bias_hh_l", i, 3 * width));
        }

        Parameter Create(string name, int layer, params long[] shape)
        {
            var parameter = new Parameter(empty(shape));
            InitialUniform.Fill(parameter, 1 / Math.Sqrt(width));
            register_parameter(string.Create(CultureInfo.InvariantCulture, $"{name}{layer}"), parameter);
            return parameter;
        }
    }

    /// <inheritdoc/>
    public string? MachineOperation => null;

    /// <inheritdoc/>
    public long MultiplyAdds(Tensor input, Tensor output) => parameters().Where(p => p.dim() == 2).Sum(p => p.numel()) * (input.numel() / Math.Max(1, input.size(-1)));

    /// <summary>Returns the states of the last layer, <c>[batch, time, width]</c>.</summary>
    /// <param name="input">The input <c>[batch, time, features]</c>.</param>
    public override Tensor forward(Tensor input)
    {
        Tensor values = input;
        for (int i = 0; i < _layers.Length; i++)
        {
            (Parameter weight, Parameter bias, Parameter hidden, Parameter hiddenBias) = _layers[i];
            values = GruOperation.Run(WeightProduct.Run(i == 0 ? values : drop.call(values), weight, bias), hidden, hiddenBias);
        }

        return values;
    }
}
