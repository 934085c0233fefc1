using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace Regimen.Layers;

/// <summary>An operation with its own backward pass, on float32 tensors on the CPU.</summary>
internal abstract class FusedOperation
{
    /// <summary>Computes the output, and returns it with values that the backward pass needs besides the inputs.</summary>
    /// <param name="inputs">The inputs, arranged.</param>
    /// <param name="isTraining">Whether a backward pass may follow.</param>
    public abstract (Tensor Output, Tensor? Kept) Forward(Tensor[] inputs, bool isTraining);

    /// <summary>Computes the gradients of the inputs; null for those that need none, or whose gradient was added to a trainer's buffers.</summary>
    /// <param name="inputs">The inputs of the forward pass.</param>
    /// <param name="kept">The values that the forward pass returned beside the output; null for none.</param>
    /// <param name="gradient">The gradient of the output, arranged.</param>
    /// <param name="wanted">Whether each input needs a gradient. Others are ignored.</param>
    public abstract Tensor?[] Backward(Tensor[] inputs, Tensor? kept, Tensor gradient, bool[] wanted);

    /// <summary>Computes the output with libtorch's operations, for gradients of gradients and for inputs that the kernels do not support.</summary>
    public abstract Tensor Reference(Tensor[] inputs);

    /// <summary>Returns an input in the layout that the kernels take: itself, or a copy.</summary>
    /// <param name="input">The input.</param>
    /// <param name="index">Its place among the inputs.</param>
    public virtual Tensor ArrangeInput(Tensor input, int index) => input.is_contiguous() ? input : input.contiguous();

    /// <summary>Returns the gradient of the output in the layout that the kernels take: itself, or a copy.</summary>
    public virtual Tensor ArrangeGradient(Tensor gradient) => gradient.is_contiguous() ? gradient : gradient.contiguous();
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

        // A copy in another layout is made with autograd, which then knows its gradient.
        Tensor[] arranged = [.. inputs.Select(operation.ArrangeInput)];
        try
        {
            return RunOn(operation, arranged);
        }
        finally
        {
            for (int i = 0; i < inputs.Length; i++)
            {
                if (!ReferenceEquals(arranged[i], inputs[i]))
                {
                    arranged[i].Dispose();
                }
            }
        }
    }

    private static Tensor RunOn(FusedOperation operation, Tensor[] inputs)
    {
        if (!is_grad_enabled())
        {
            (Tensor result, Tensor? kept) = operation.Forward(inputs, isTraining: false);
            kept?.Dispose();
            return result;
        }

        StaleGradientGuard guard = StaleGradientGuard.Current;
        using Tensor guarded = guard.NewInput();
        var call = new Call(operation, guard, [.. inputs.Select(i => i.requires_grad)]);
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
        Tensor[] inputs = [.. vars[..^2].Cast<Tensor>()];
        (Tensor output, Tensor? kept) = call.Operation.Forward(inputs, isTraining: true);
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
            call.Guard.Fail();
            gradients = new Tensor?[call.Wanted.Length];
        }
        else
        {
            Tensor[] inputs = [.. saved.Take(call.Wanted.Length)];
            gradients = is_grad_enabled()
                ? Differentiable(call, inputs, grad_output)
                : call.Operation.Backward(inputs, saved.Count > inputs.Length ? saved[^1] : null, call.Operation.ArrangeGradient(grad_output), call.Wanted);
            GC.KeepAlive(grad_output);
        }

        // One for each argument of forward, including the guard and the call. TorchSharp accepts null for no gradient, against its annotations.
        _returned = [.. gradients.Select(g => g!), null!, null!];
        return _returned;
    }

    /// <summary>Returns the saved tensors; null if one was changed in place since the forward pass.</summary>
    /// <remarks>An exception must not leave the callback, because it would end the process.</remarks>
    internal static List<Tensor>? Saved(autograd.AutogradContext ctx)
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
    private sealed record Call(FusedOperation Operation, StaleGradientGuard Guard, bool[] Wanted)
    {
        /// <summary>The output, kept alive while TorchSharp passes it to autograd.</summary>
        public Tensor? Output { get; set; }
    }
}
