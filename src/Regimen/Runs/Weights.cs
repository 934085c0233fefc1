using Regimen.Engine;
using static TorchSharp.torch;

namespace Regimen.Runs;

/// <summary>Puts a file's tensors into a model.</summary>
public static class Weights
{
    /// <summary>Loads every tensor of a model from a file that has exactly these.</summary>
    /// <exception cref="RequestException">A tensor is missing, one too many, or of another shape or type: all of them are named, and the
    /// model is unchanged.</exception>
    public static void Load(nn.Module model, SafetensorsFile file, string path)
    {
        using TensorSet tensors = TensorSet.Of(file);
        NamedTensors.CopyInto(model.state_dict(), tensors.ByName, "The weights do not fit the model", path);
    }
}
