using static TorchSharp.torch;

namespace Regimen.Layers;

/// <summary>The state that the backward pass of a chain needs besides its saved tensors.</summary>
/// <param name="Layers">The layers.</param>
/// <param name="InputWantsGradient">Whether the input of the chain requires a gradient.</param>
/// <param name="Guard">Fails the backward pass if saved values were changed.</param>
internal sealed record ChainState(Linear[] Layers, bool InputWantsGradient, StaleGradientGuard Guard)
{
    /// <summary>For each of the layers' parameters, whether it required a gradient in the forward pass.</summary>
    public bool[] Trained { get; } = [.. LinearPointers.Parameters(Layers).Select(p => p.requires_grad)];

    /// <summary>The addresses of the layers' values in the forward pass.</summary>
    public LinearPointers[] Places { get; } = [.. Layers.Select(LinearPointers.Of)];

    /// <summary>The output, kept alive while TorchSharp passes it to autograd. Must be cleared after that: the output refers to the operation,
    /// which refers to this object.</summary>
    public Tensor? Output { get; set; }

    /// <summary>Returns the weights that the backward pass reads, as autograd would save them: the weight of each layer whose input needs a
    /// gradient.</summary>
    public IEnumerable<Tensor> NeededWeights()
    {
        bool isNeeded = InputWantsGradient;
        int at = 0;
        foreach (Linear layer in Layers)
        {
            if (isNeeded)
            {
                yield return layer.Weight;
            }

            isNeeded |= Trained[at++];
            isNeeded |= layer.Bias is not null && Trained[at++];
        }
    }
}

/// <summary>The autograd operation of a <see cref="LinearChain"/>.</summary>
internal sealed class ChainFunction : autograd.SingleTensorFunction<ChainFunction>
{
    private const string State = nameof(ChainState);

    // TorchSharp passes the gradients' addresses to libtorch and drops the tensors, so they are kept alive here until the next backward pass.
    [ThreadStatic]
    private static List<Tensor>? _returned;

    /// <inheritdoc/>
    public override string Name => nameof(LinearChain);

    /// <summary>Computes the output from the rows, the layers' parameters, the guard's tensor, and a <see cref="ChainState"/>.</summary>
    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        var state = (ChainState)vars[^1];
        Tensor rows = ((Tensor)vars[0]).contiguous();
        (Tensor output, Tensor? hidden) = ChainProducts.Forward(rows, state.Layers, state.Places);

        // The weights are saved for their version counters: autograd reports an error if they have been changed since.
        ctx.save_for_backward(hidden is null ? [rows, .. state.NeededWeights()] : [rows, hidden, .. state.NeededWeights()]);
        ctx.save_data(State, state);
        return state.Output = output;
    }

    /// <summary>Returns the gradients of the rows and, where they are not added in place, of the parameters.</summary>
    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
    {
        var state = (ChainState)ctx.get_data(State);
        IEnumerable<Tensor?> gradients;
        if (FusedFunction.Saved(ctx) is not { } saved)
        {
            gradients = Refuse(state);
        }
        else
        {
            Tensor? hidden = state.Layers.Length > 1 ? saved[1] : null;
            gradients = is_grad_enabled()
                ? Differentiable(state, saved[0], hidden, grad_output)
                : ChainProducts.Backward(state, saved[0], hidden, grad_output.contiguous());
            GC.KeepAlive(grad_output);
        }

        // One for each argument of forward, including the guard and the state. TorchSharp accepts null for no gradient, against its annotations.
        _returned = [.. gradients.Select(g => g!), null!, null!];
        return _returned;
    }

    private static Tensor?[] Refuse(ChainState state)
    {
        state.Guard.Fail();
        return new Tensor?[1 + state.Trained.Length];
    }

    /// <summary>Computes the gradients with operations that autograd knows, for second-order gradients.</summary>
    private static Tensor?[] Differentiable(ChainState state, Tensor rows, Tensor? hidden, Tensor gradient)
    {
        Tensor output = rows;
        var values = new List<Tensor>();
        for (int i = 0; i < state.Layers.Length; i++)
        {
            Linear layer = state.Layers[i];
            output = nn.functional.linear(output, layer.Weight, layer.Bias);
            if (i < state.Layers.Length - 1)
            {
                output = output.relu();
                values.Add(output.detach().flatten());
            }
        }

        // A parameter whose value the first-order gradient does not need is not saved. It is needed here; a change to it shows in the values.
        if (hidden is not null && !cat(values).allclose(hidden, rtol: 1e-3, atol: 1e-5, equal_nan: true))
        {
            return Refuse(state);
        }

        Tensor[] parameters = [.. LinearPointers.Parameters(state.Layers)];
        IEnumerable<Tensor> trained = parameters.Where((p, i) => state.Trained[i] && p.requires_grad);
        IEnumerable<Tensor> wanted = state.InputWantsGradient ? trained.Prepend(rows) : trained;
        var computed = new Queue<Tensor>(autograd.grad([output], [.. wanted], [gradient], retain_graph: true, create_graph: true));
        return
        [
            state.InputWantsGradient ? computed.Dequeue() : null,
            .. parameters.Select((p, i) => state.Trained[i] && p.requires_grad ? computed.Dequeue() : null),
        ];
    }
}
