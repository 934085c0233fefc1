using System.ComponentModel.DataAnnotations;
using Regimen.Data;
using Regimen.Models;
using TorchSharp.Modules;
using static TorchSharp.torch;
using Linear = TorchSharp.Modules.Linear;

namespace OwnParts.Models;

/// <summary>Tokens of variable length: the mean of their embeddings, without the padding, and a linear layer.</summary>
[Model("bag_of_tokens")]
public sealed class BagOfTokens : nn.Module<Batch, Tensor>
{
    private readonly Embedding embedding;
    private readonly Linear classes;

    public sealed record Options
    {
        /// <summary>The size of a token's embedding.</summary>
        [Range(1, 4096)]
        public int Width { get; init; } = 8;
    }

    public BagOfTokens(Options options, ModelContext context)
        : base(nameof(BagOfTokens))
    {
        embedding = nn.Embedding(context.Input("tokens").Cardinality!.Value, options.Width);
        classes = nn.Linear(options.Width, context.Outputs);
        RegisterComponents();
    }

    /// <summary>Logits <c>[batch, classes]</c>.</summary>
    /// <param name="batch"><c>tokens</c> int64 <c>[batch, longest]</c>, with the length of each sample.</param>
    public override Tensor forward(Batch batch)
    {
        Tensor tokens = batch["tokens"];
        Tensor lengths = batch.Lengths("tokens").unsqueeze(1);
        Tensor isToken = arange(tokens.size(1)).unsqueeze(0).lt(lengths).unsqueeze(2);
        Tensor sum = embedding.call(tokens).mul(isToken).sum(1);
        return classes.call(sum.div(lengths));
    }
}
