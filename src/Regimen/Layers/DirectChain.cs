using System.Runtime.CompilerServices;
using Regimen.Engine;
using static TorchSharp.torch;

namespace Regimen.Layers;

/// <summary>A model that may be one <see cref="LinearChain"/> on its flattened input and nothing else.</summary>
internal interface IChainModel
{
    /// <summary>Returns the layers that compute the model's output from the rows of this input; null if it is not so.</summary>
    Linear[]? ChainOn(Tensor input);
}

/// <summary>A forward and backward pass of a model that is one chain, without autograd: in a small model's step its graph takes as long as the
/// products. The arithmetic is that of <see cref="ChainFunction"/>, so the bits are the same.</summary>
internal sealed class DirectChain
{
    private static readonly ConditionalWeakTable<nn.Module, ModuleHooks> Hooks = [];
    private readonly FlatParameters _buffers;
    private readonly ChainState _state;
    private readonly Tensor _rows;
    private readonly Tensor? _hidden;

    private DirectChain(FlatParameters buffers, Linear[] layers, Tensor rows)
    {
        _buffers = buffers;
        _rows = rows;
        _state = new ChainState(layers, InputWantsGradient: false, StaleGradientGuard.Current);
        (Output, _hidden) = ChainProducts.Forward(rows, layers, _state.Places);
    }

    /// <summary>The model's output; no gradient flows through it.</summary>
    public Tensor Output { get; }

    /// <summary>Runs the model, if it is a chain without hooks whose trained parameters are all in one trainer's buffers; null otherwise.</summary>
    /// <param name="model">The model.</param>
    /// <param name="inputs">The batch's inputs.</param>
    public static DirectChain? Run(nn.Module model, IReadOnlyList<Tensor> inputs)
    {
        if (model is not (IChainModel chain and nn.Module<Tensor, Tensor> module) || inputs is not [var input] || input.dim() < 2 || input.requires_grad
            || !is_grad_enabled() || chain.ChainOn(input) is not { } layers || FlatParameters.Of(model) is not { } buffers
            || Hooks.GetValue(module, m => new ModuleHooks((nn.Module<Tensor, Tensor>)m)).Any
            || input.numel() != input.size(0) * layers[0].InFeatures || Array.Exists(layers, l => l.Hooks.Any || !IsIn(l, buffers)))
        {
            return null;
        }

        // Disposed with the caller's scope.
        Tensor rows = input.reshape(input.size(0), layers[0].InFeatures).contiguous();
        return LinearChain.CanRun(rows, layers) && !LinearChain.IsTooLarge(rows, layers) ? new DirectChain(buffers, layers, rows) : null;
    }

    /// <summary>Adds the gradients of the layers' parameters to the trainer's buffers.</summary>
    /// <param name="gradient">The gradient of <see cref="Output"/>, contiguous.</param>
    public void Backward(Tensor gradient)
    {
        using FlatParameters.GatheredGradients gathered = _buffers.Gather();
        _ = ChainProducts.Backward(_state, _rows, _hidden, gradient);
    }

    private static bool IsIn(Linear layer, FlatParameters buffers)
    {
        FlatGradients places = FlatGradients.Of(layer, buffers);
        return (places.Weight != 0 || !layer.Weight.requires_grad) && (places.Bias != 0 || layer.Bias is not { requires_grad: true });
    }
}
