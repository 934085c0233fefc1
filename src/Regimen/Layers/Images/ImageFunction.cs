using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace Regimen.Layers;

/// <summary>The autograd function of an <see cref="ImageOperation"/>.</summary>
internal sealed class ImageFunction : autograd.SingleTensorFunction<ImageFunction>
{
    private const string State = nameof(State);

    // TorchSharp passes the gradients' addresses to libtorch and drops the tensors, so they are kept alive here until the next backward pass.
    [ThreadStatic]
    private static List<Tensor>? _returned;

    /// <inheritdoc/>
    public override string Name => nameof(ImageFunction);

    /// <summary>Whether an operation can run on these inputs.</summary>
    public static bool CanRun(params ReadOnlySpan<Tensor> inputs)
    {
        foreach (Tensor input in inputs)
        {
            if (input.device_type != DeviceType.CPU || input.dtype != ScalarType.Float32 || input.numel() == 0)
            {
                return false;
            }
        }

        return inputs[0].dim() == 4 && !Engine.Autocast.IsOn;
    }

    /// <summary>Runs an operation.</summary>
    /// <param name="operation">The operation.</param>
    /// <param name="inputs">The images, then parameters.</param>
    public static Tensor Run(ImageOperation operation, params Tensor[] inputs)
    {
        // A copy in another layout is made with autograd, which then knows its gradient.
        Tensor images = ImageLayout.Of(inputs[0]);
        using Tensor? copy = ReferenceEquals(images, inputs[0]) ? null : images;
        Tensor[] arranged = [images, .. inputs[1..]];
        if (!is_grad_enabled())
        {
            (Tensor result, Tensor? kept) = operation.Forward(arranged, keeps: false);
            kept?.Dispose();
            return result;
        }

        StaleGradientGuard guard = StaleGradientGuard.Current;
        using Tensor guarded = guard.NewInput();
        var call = new Call(operation, guard, [.. arranged.Select(i => i.requires_grad)]);
        object[] arguments = [.. arranged, guarded, call];
        Tensor output = apply(arguments);

        // TorchSharp passes only addresses to libtorch, so the tensors must be kept alive until it has finished.
        GC.KeepAlive(arguments);
        GC.KeepAlive(call.Output);
        call.Output = null;
        return output;
    }

    /// <inheritdoc/>
    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        var call = (Call)vars[^1];
        Tensor[] inputs = [.. vars[..^2].Cast<Tensor>()];
        (Tensor output, Tensor? kept) = call.Operation.Forward(inputs, keeps: true);
        ctx.save_for_backward(kept is null ? [.. inputs] : [.. inputs, kept]);
        ctx.save_data(State, call with { Output = null });
        return call.Output = output;
    }

    /// <inheritdoc/>
    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
    {
        var call = (Call)ctx.get_data(State);
        IEnumerable<Tensor?> gradients;
        if (Saved(ctx) is not { } saved)
        {
            // An exception must not leave this callback, because it would end the process.
            call.Guard.Fail();
            gradients = new Tensor?[call.Wanted.Length];
        }
        else
        {
            Tensor[] inputs = [.. saved.Take(call.Wanted.Length)];
            gradients = is_grad_enabled()
                ? Differentiable(call, inputs, grad_output)
                : call.Operation.Backward(inputs, saved.Count > inputs.Length ? saved[^1] : null, ImageLayout.Of(grad_output), call.Wanted);
            GC.KeepAlive(grad_output);
        }

        // One for each argument of forward, including the guard and the call. TorchSharp accepts null for no gradient, against its annotations.
        _returned = [.. gradients.Select(g => g!), null!, null!];
        return _returned;
    }

    private static List<Tensor>? Saved(autograd.AutogradContext ctx)
    {
        try
        {
            return ctx.get_saved_variables();
        }
        catch (ExternalException)
        {
            return null;
        }
    }

    private static Tensor?[] Differentiable(Call call, Tensor[] inputs, Tensor gradient)
    {
        bool[] wanted = [.. inputs.Zip(call.Wanted, (input, isWanted) => isWanted && input.requires_grad)];
        var computed = new Queue<Tensor>(autograd.grad(
            [call.Operation.Reference(inputs)], [.. inputs.Where((_, i) => wanted[i])], [gradient], retain_graph: true, create_graph: true));
        return [.. wanted.Select(isWanted => isWanted ? computed.Dequeue() : null)];
    }

    /// <summary>One call of an operation.</summary>
    /// <param name="Operation">The operation.</param>
    /// <param name="Guard">Fails the backward pass if saved values were changed.</param>
    /// <param name="Wanted">Whether each input required a gradient in the forward pass.</param>
    private sealed record Call(ImageOperation Operation, StaleGradientGuard Guard, bool[] Wanted)
    {
        /// <summary>The output, kept alive while TorchSharp passes it to autograd.</summary>
        public Tensor? Output { get; set; }
    }
}
