using static TorchSharp.torch;

namespace Regimen.Layers;

/// <summary>What the backward pass of a chain has to know.</summary>
/// <param name="Layers">The layers.</param>
/// <param name="InputWantsGradient">Whether something below the chain is trained.</param>
internal sealed record ChainState(Linear[] Layers, bool InputWantsGradient);

/// <summary>A <see cref="LinearChain"/> as autograd sees it: one operation.</summary>
internal sealed class ChainFunction : autograd.SingleTensorFunction<ChainFunction>
{
    private const string State = nameof(ChainState);

    /// <inheritdoc/>
    public override string Name => nameof(LinearChain);

    /// <summary>Takes the rows, the layers' parameters, and a <see cref="ChainState"/>.</summary>
    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        var state = (ChainState)vars[^1];
        Tensor rows = ((Tensor)vars[0]).contiguous();
        (Tensor output, Tensor? hidden) = ChainProducts.Forward(rows, state.Layers);
        ctx.save_for_backward(hidden is null ? [rows] : [rows, hidden]);
        ctx.save_data(State, state);
        return output;
    }

    /// <summary>Gives the gradients of the rows and, where they are not added in place, of the parameters.</summary>
    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
    {
        var state = (ChainState)ctx.get_data(State);
        List<Tensor> saved = ctx.get_saved_variables();
        IEnumerable<Tensor?> gradients = is_grad_enabled()
            ? Differentiable(state, saved[0], grad_output)
            : ChainProducts.Backward(state, saved[0], saved.ElementAtOrDefault(1), grad_output.contiguous());

        // One for each argument of forward, the state too. TorchSharp takes null for "none", and does not say so.
        return [.. gradients.Select(g => g!), null!];
    }

    /// <summary>The same from operations that autograd knows, for gradients of gradients.</summary>
    private static Tensor?[] Differentiable(ChainState state, Tensor rows, Tensor gradient)
    {
        Tensor output = rows;
        for (int i = 0; i < state.Layers.Length; i++)
        {
            Linear layer = state.Layers[i];
            output = nn.functional.linear(i == 0 ? output : output.relu(), layer.Weight, layer.Bias);
        }

        Tensor[] parameters = [.. LinearPlace.Parameters(state.Layers)];
        IEnumerable<Tensor> wanted = state.InputWantsGradient ? parameters.Where(p => p.requires_grad).Prepend(rows) : parameters.Where(p => p.requires_grad);
        var given = new Queue<Tensor>(autograd.grad([output], [.. wanted], [gradient], retain_graph: true, create_graph: true));
        return
        [
            state.InputWantsGradient ? given.Dequeue() : null,
            .. parameters.Select(p => p.requires_grad ? given.Dequeue() : null),
        ];
    }
}
