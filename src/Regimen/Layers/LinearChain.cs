using Regimen.Engine;
using TorchSharp;
using static TorchSharp.torch;

namespace Regimen.Layers;

/// <summary>Runs consecutive linear layers, with a ReLU between each two, as one operation.</summary>
/// <remarks>
/// <para>The products call libtorch's BLAS directly and are split among threads (<see cref="Threads"/>). While a trainer trains, gradients are
/// added to its buffers directly, so autograd has one operation in place of nine per layer. Hooks on the parameters' gradients are not called
/// then.</para>
/// <para>If that is not possible (another device or element type, mixed precision, hooks on a layer, a libtorch that does not export its
/// BLAS), the layers run one by one, with the same results up to rounding.</para>
/// </remarks>
public static class LinearChain
{
    /// <summary>Computes <c>[…, out]</c> from <c>[…, in]</c>: <c>layers[^1].call(relu(… relu(layers[0].call(input))))</c>.</summary>
    /// <param name="input">The input of the first layer.</param>
    /// <param name="layers">The layers, at least one; the input size of each is the output size of the previous one.</param>
    public static Tensor Run(Tensor input, params Linear[] layers)
    {
        bool hasHooks = false;
        foreach (Linear layer in layers)
        {
            hasHooks |= layer.Hooks.Any;
        }

        return !hasHooks && CanRun(input, layers) ? Fused(input, layers) : OneByOne(input, layers);
    }

    /// <summary>Whether the layers can run as one operation on this input.</summary>
    internal static bool CanRun(Tensor input, Linear[] layers)
    {
        if (!(Sgemm.IsAvailable || Arithmetic.IsPortable) || Autocast.IsOn || !IsPlain(input) || input.dim() == 0 || input.size(-1) != layers[0].InFeatures || input.numel() == 0)
        {
            return false;
        }

        long rows = input.numel() / layers[0].InFeatures;
        for (int i = 0; i < layers.Length; i++)
        {
            Linear layer = layers[i];
            if (!IsPlain(layer.Weight, layer.OutFeatures, layer.InFeatures)
                || (layer.Bias is { } bias && !IsPlain(bias, layer.OutFeatures))
                || (i > 0 && layer.InFeatures != layers[i - 1].OutFeatures)
                || (Arithmetic.IsPortable ? 1 : rows) * Math.Max(layer.InFeatures, layer.OutFeatures) > int.MaxValue)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Runs the layers as one operation.</summary>
    internal static Tensor Fused(Tensor input, Linear[] layers)
    {
        if (input.dim() == 2)
        {
            return OfRows(input, layers);
        }

        using Tensor rows = input.reshape(-1, layers[0].InFeatures);
        using Tensor output = OfRows(rows, layers);
        return output.view([.. input.shape[..^1], layers[^1].OutFeatures]);
    }

    /// <summary>Whether rows have to be computed in halves.</summary>
    internal static bool IsTooLarge(Tensor rows, Linear[] layers)
    {
        long widest = 0;
        foreach (Linear layer in layers)
        {
            widest = Math.Max(widest, Math.Max(layer.InFeatures, layer.OutFeatures));
        }

        return LargeBatch.IsTooLarge(rows.size(0), widest);
    }

    private static Tensor OfRows(Tensor rows, Linear[] layers)
    {
        if (Arithmetic.IsPortable && IsTooLarge(rows, layers))
        {
            return LargeBatch.InHalves(rows, half => OfRows(half, layers));
        }

        if (!is_grad_enabled())
        {
            return ChainProducts.Infer(rows, layers);
        }

        StaleGradientGuard guard = StaleGradientGuard.Current;
        using Tensor guarded = guard.NewInput();
        var state = new ChainState(layers, rows.requires_grad, guard);
        object[] arguments = [rows, .. LinearPointers.Parameters(layers), guarded, state];
        Tensor output = ChainFunction.apply(arguments);

        // TorchSharp passes only addresses to libtorch, so the tensors must be kept alive until it has finished.
        GC.KeepAlive(arguments);
        GC.KeepAlive(state.Output);
        state.Output = null;
        return output;
    }

    private static Tensor OneByOne(Tensor input, Linear[] layers)
    {
        Tensor output = layers[0].call(input);
        for (int i = 1; i < layers.Length; i++)
        {
            output = layers[i].call(Relu.After(layers[i - 1].Hooks, output));
        }

        return output;
    }

    private static bool IsPlain(Tensor tensor) => tensor.device_type == DeviceType.CPU && tensor.dtype == ScalarType.Float32;

    /// <summary>Whether a parameter is contiguous and of the layer's shape; its tensor may have been replaced, as by a transposed view.</summary>
    private static bool IsPlain(Tensor parameter, params ReadOnlySpan<long> shape)
    {
        if (!IsPlain(parameter) || parameter.dim() != shape.Length || !parameter.is_contiguous())
        {
            return false;
        }

        for (int i = 0; i < shape.Length; i++)
        {
            if (parameter.size(i) != shape[i])
            {
                return false;
            }
        }

        return true;
    }
}
