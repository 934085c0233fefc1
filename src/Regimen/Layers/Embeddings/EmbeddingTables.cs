using Regimen.Engine;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Regimen.Layers;

/// <summary>Creates the embeddings of Regimen's models: with <see cref="Bits.Machine"/> libtorch's, whose bits recorded runs have.</summary>
internal static class EmbeddingTables
{
    /// <summary>Creates an embedding, with initial values from libtorch's default generator.</summary>
    /// <param name="count">The number of rows.</param>
    /// <param name="width">The number of values of a row.</param>
    public static nn.Module<Tensor, Tensor> Create(long count, long width) => Arithmetic.IsPortable ? new Embedding(count, width) : nn.Embedding(count, width);

    /// <summary>Returns the table of an embedding, <c>[count, width]</c>.</summary>
    public static Parameter TableOf(nn.Module embedding) => embedding is Embedding own ? own.Weight : ((TorchSharp.Modules.Embedding)embedding).weight!;
}
