using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace Regimen.Layers;

/// <summary>An operation with its own backward pass, on float32 tensors on the CPU.</summary>
internal abstract class FusedOperation
{
    /// <summary>Computes the output, and returns it with values that the backward pass needs besides the inputs.</summary>
    /// <param name="inputs">The inputs, contiguous.</param>
    /// <param name="isTraining">Whether a backward pass may follow.</param>
    public abstract (Tensor Output, Tensor? Kept) Forward(Tensor[] inputs, bool isTraining);

    /// <summary>Computes the gradients of the inputs.</summary>
    /// <param name="inputs">The inputs of the forward pass.</param>
    /// <param name="kept">The values that the forward pass returned beside the output; null for none.</param>
    /// <param name="gradient">The gradient of the output, contiguous.</param>
    public abstract Tensor[] Backward(Tensor[] inputs, Tensor? kept, Tensor gradient);

    /// <summary>Computes the output with libtorch's operations, for gradients of gradients and for inputs that the kernels do not support.</summary>
    public abstract Tensor Reference(Tensor[] inputs);
}

/// <summary>The autograd function of a <see cref="FusedOperation"/>.</summary>
internal sealed class FusedFunction : autograd.SingleTensorFunction<FusedFunction>
{
    private const string State = nameof(State);

    // TorchSharp passes the gradients' addresses to libtorch and drops the tensors, so they are kept alive here until the next backward pass.
    [ThreadStatic]
    private static List<Tensor>? _returned;

    /// <inheritdoc/>
    public override string Name => nameof(FusedFunction);

    /// <summary>Runs an operation; with libtorch's operations if its inputs are not float32 on the CPU.</summary>
    public static Tensor Run(FusedOperation operation, params Tensor[] inputs)
    {
        if (Engine.Autocast.IsOn || inputs.Any(i => i.device_type != TorchSharp.DeviceType.CPU || i.dtype != ScalarType.Float32 || i.numel() == 0))
        {
            return operation.Reference(inputs);
        }

        if (!is_grad_enabled())
        {
            (Tensor result, Tensor? kept) = operation.Forward([.. inputs.Select(i => i.contiguous())], isTraining: false);
            kept?.Dispose();
            return result;
        }

        StaleGradientGuard guard = StaleGradientGuard.Current;
        using Tensor guarded = guard.NewInput();
        var call = new Call(operation, guard);
        object[] arguments = [.. inputs, guarded, call];
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
        Tensor[] inputs = [.. vars[..^2].Select(v => ((Tensor)v).contiguous())];
        (Tensor output, Tensor? kept) = call.Operation.Forward(inputs, isTraining: true);
        ctx.save_for_backward(kept is null ? [.. inputs] : [.. inputs, kept]);
        ctx.save_data(State, call with { Inputs = inputs.Length, Output = null });
        return call.Output = output;
    }

    /// <inheritdoc/>
    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
    {
        var call = (Call)ctx.get_data(State);
        IEnumerable<Tensor> gradients;
        if (Saved(ctx) is not { } saved)
        {
            // An exception must not leave this callback, because it would end the process.
            call.Guard.Fail();
            gradients = Enumerable.Repeat<Tensor>(null!, call.Inputs);
        }
        else
        {
            Tensor[] inputs = [.. saved.Take(call.Inputs)];
            gradients = is_grad_enabled()
                ? Differentiable(call.Operation, inputs, grad_output)
                : call.Operation.Backward(inputs, saved.Count > call.Inputs ? saved[^1] : null, grad_output.contiguous());
            GC.KeepAlive(grad_output);
        }

        // One for each argument of forward, including the guard and the call. TorchSharp accepts null for no gradient, against its annotations.
        _returned = [.. gradients, null!, null!];
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

    private static Tensor[] Differentiable(FusedOperation operation, Tensor[] inputs, Tensor gradient)
    {
        var computed = new Queue<Tensor>(autograd.grad([operation.Reference(inputs)], [.. inputs.Where(i => i.requires_grad)], [gradient], retain_graph: true, create_graph: true));
        return [.. inputs.Select(i => i.requires_grad ? computed.Dequeue() : null!)];
    }

    /// <summary>One call of an operation.</summary>
    /// <param name="Operation">The operation.</param>
    /// <param name="Guard">Fails the backward pass if saved values were changed.</param>
    private sealed record Call(FusedOperation Operation, StaleGradientGuard Guard)
    {
        /// <summary>The number of inputs.</summary>
        public int Inputs { get; init; }

        /// <summary>The output, kept alive while TorchSharp passes it to autograd.</summary>
        public Tensor? Output { get; set; }
    }
}
