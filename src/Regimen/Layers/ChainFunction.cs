using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace Regimen.Layers;

/// <summary>What the backward pass of a chain needs besides its saved tensors.</summary>
/// <param name="Layers">The layers.</param>
/// <param name="InputWantsGradient">Whether the input of the chain requires a gradient.</param>
/// <param name="Guard">Fails the backward pass where saved values were changed.</param>
internal sealed record ChainState(Linear[] Layers, bool InputWantsGradient, StaleGradientGuard Guard)
{
    /// <summary>For each of the layers' parameters, whether it required a gradient when the chain ran.</summary>
    public bool[] Trained { get; } = [.. LinearPointers.Parameters(Layers).Select(p => p.requires_grad)];

    /// <summary>The addresses of the layers' values when the chain ran.</summary>
    public LinearPointers[] Places { get; } = [.. Layers.Select(LinearPointers.Of)];

    /// <summary>The output while TorchSharp makes it one of autograd's. To be emptied after that: the output refers to the operation, which
    /// refers to this.</summary>
    public Tensor? Output { get; set; }

    /// <summary>The weights that the backward pass reads, as autograd would save them: a layer's weight is needed where something below
    /// the layer wants a gradient.</summary>
    public IEnumerable<Tensor> NeededWeights()
    {
        bool isWanted = InputWantsGradient;
        int at = 0;
        foreach (Linear layer in Layers)
        {
            if (isWanted)
            {
                yield return layer.Weight;
            }

            isWanted |= Trained[at++];
            isWanted |= layer.Bias is not null && Trained[at++];
        }
    }
}

/// <summary>A <see cref="LinearChain"/> as autograd sees it: one operation.</summary>
internal sealed class ChainFunction : autograd.SingleTensorFunction<ChainFunction>
{
    private const string State = nameof(ChainState);

    // TorchSharp hands the gradients' addresses to libtorch and forgets the tensors: until the next ones, they are held here.
    [ThreadStatic]
    private static List<Tensor>? _returned;

    /// <inheritdoc/>
    public override string Name => nameof(LinearChain);

    /// <summary>Takes the rows, the layers' parameters, the guard's tensor, and a <see cref="ChainState"/>.</summary>
    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        var state = (ChainState)vars[^1];
        Tensor rows = ((Tensor)vars[0]).contiguous();
        (Tensor output, Tensor? hidden) = ChainProducts.Forward(rows, state.Layers, state.Places);

        // The needed weights are saved for their version counters: autograd refuses them where they were changed since.
        ctx.save_for_backward(hidden is null ? [rows, .. state.NeededWeights()] : [rows, hidden, .. state.NeededWeights()]);
        ctx.save_data(State, state);
        return state.Output = output;
    }

    /// <summary>Gives the gradients of the rows and, where they are not added in place, of the parameters.</summary>
    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
    {
        var state = (ChainState)ctx.get_data(State);
        IEnumerable<Tensor?> gradients;
        if (Saved(ctx) is not { } saved)
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

        // One for each argument of forward, the guard and the state too. TorchSharp takes null for "none", and does not say so.
        _returned = [.. gradients.Select(g => g!), null!, null!];
        return _returned;
    }

    /// <summary>The saved tensors; null where one was changed in place since the forward pass.</summary>
    /// <remarks>An exception must not leave the callback: it would end the process.</remarks>
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

    private static Tensor?[] Refuse(ChainState state)
    {
        state.Guard.Fail();
        return new Tensor?[1 + state.Trained.Length];
    }

    /// <summary>The same from operations that autograd knows, for gradients of gradients.</summary>
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

        // A parameter whose value the first-order gradient does not need is not saved; here it is, and a change shows in the values.
        if (hidden is not null && !cat(values).allclose(hidden, rtol: 1e-3, atol: 1e-5, equal_nan: true))
        {
            return Refuse(state);
        }

        Tensor[] parameters = [.. LinearPointers.Parameters(state.Layers)];
        IEnumerable<Tensor> trained = parameters.Where((p, i) => state.Trained[i] && p.requires_grad);
        IEnumerable<Tensor> wanted = state.InputWantsGradient ? trained.Prepend(rows) : trained;
        var given = new Queue<Tensor>(autograd.grad([output], [.. wanted], [gradient], retain_graph: true, create_graph: true));
        return
        [
            state.InputWantsGradient ? given.Dequeue() : null,
            .. parameters.Select((p, i) => state.Trained[i] && p.requires_grad ? given.Dequeue() : null),
        ];
    }
}
