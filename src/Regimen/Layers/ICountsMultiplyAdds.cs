using static TorchSharp.torch;

namespace Regimen.Layers;

/// <summary>A module that computes outside of its layers, as an attention multiplies queries by keys: it says how much, and the summary of a
/// model adds it to the multiply-adds of the layers in it.</summary>
public interface ICountsMultiplyAdds
{
    /// <summary>Returns the multiply-adds of one call, without those of the modules in it.</summary>
    /// <param name="input">The first input of the call.</param>
    /// <param name="output">Its output.</param>
    long MultiplyAdds(Tensor input, Tensor output);
}
