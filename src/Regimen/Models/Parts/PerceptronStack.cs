using System.Globalization;
using Regimen.Graphs;
using Regimen.Layers;
using static TorchSharp.torch;

namespace Regimen.Models;

/// <summary>The linear layers <c>fc1</c>, <c>fc2</c> … of a model, with a norm (<c>norm1</c> …), an activation function and dropout
/// (<c>dropout1</c> …) after each but the last.</summary>
/// <remarks>It registers its layers in the model itself, so that their names have no prefix. With ReLU alone between the layers they run as
/// one <see cref="LinearChain"/>.</remarks>
internal sealed class PerceptronStack
{
    private readonly Linear[] _layers;
    private readonly nn.Module<Tensor, Tensor>[] _norms;
    private readonly Dropout[] _dropouts;

    /// <summary>The hooks of the layer whose output the activation function gets.</summary>
    private readonly ModuleHooks[] _hooks;
    private readonly Activation _activation;
    private readonly bool _isChain;

    /// <summary>Creates the layers and registers them.</summary>
    /// <param name="model">The model.</param>
    /// <param name="widths">The number of features of the input, the hidden layers and the output, in this order: at least two.</param>
    /// <param name="activation">The activation function.</param>
    /// <param name="norm">The normalisation.</param>
    /// <param name="dropout">The dropout probability; 0 for none.</param>
    public PerceptronStack(nn.Module model, IReadOnlyList<long> widths, Activation activation, Norm norm, double dropout)
    {
        _activation = activation;
        _isChain = (activation, norm, dropout) is (Activation.Relu, Norm.None, 0);
        _layers = new Linear[widths.Count - 1];
        int hidden = _layers.Length - 1;
        _norms = new nn.Module<Tensor, Tensor>[norm == Norm.None ? 0 : hidden];
        _dropouts = new Dropout[dropout == 0 ? 0 : hidden];
        _hooks = new ModuleHooks[_layers.Length];
        for (int i = 0; i < _layers.Length; i++)
        {
            Register("fc", i, _layers[i] = new Linear(widths[i], widths[i + 1]));
            _hooks[i] = _layers[i].Hooks;
            if (i < _norms.Length)
            {
                Register("norm", i, _norms[i] = norm == Norm.Batch ? new BatchNorm1d(widths[i + 1]) : new LayerNorm((int)widths[i + 1], 1e-5, isLibtorchs: true));
                _hooks[i] = new ModuleHooks(_norms[i]);
            }

            if (i < _dropouts.Length)
            {
                Register("dropout", i, _dropouts[i] = new Dropout(dropout));
            }
        }

        void Register(string name, int index, nn.Module layer) => model.register_module(string.Create(CultureInfo.InvariantCulture, $"{name}{index + 1}"), layer);
    }

    /// <summary>The layers, if they are one chain; null otherwise.</summary>
    public Linear[]? Chain => _isChain ? _layers : null;

    /// <summary>Computes <c>[batch, out]</c> from <c>[batch, in]</c>.</summary>
    public Tensor Run(Tensor rows)
    {
        if (_isChain)
        {
            return LinearChain.Run(rows, _layers);
        }

        Tensor values = rows;
        for (int i = 0; i < _layers.Length - 1; i++)
        {
            values = _layers[i].call(values);
            values = _norms.Length > 0 ? _norms[i].call(values) : values;
            values = _activation.After(_hooks[i], values);
            values = _dropouts.Length > 0 ? _dropouts[i].call(values) : values;
        }

        return _layers[^1].call(values);
    }

    /// <summary>Adds the layers to a graph.</summary>
    public GraphValue Describe(ModelGraph graph, GraphValue rows)
    {
        GraphValue values = rows;
        for (int i = 0; i < _layers.Length - 1; i++)
        {
            values = graph.Call(_layers[i], values);
            values = _norms.Length > 0 ? graph.Call(_norms[i], values) : values;
            values = _activation.Describe(graph, values);
        }

        return graph.Call(_layers[^1], values);
    }
}
