using TorchSharp;
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
        Dictionary<string, Tensor> expected = model.state_dict();
        Dictionary<string, SafetensorsEntry> found = file.Entries.ToDictionary(e => e.Name);
        List<Problem> problems = [];
        foreach ((string name, Tensor tensor) in expected)
        {
            string wanted = $"{SafetensorsType.NameOf(tensor.dtype)} [{string.Join(", ", tensor.shape)}]";
            string? received = found.TryGetValue(name, out SafetensorsEntry? entry) ? $"{entry.Type} [{string.Join(", ", entry.Shape)}]" : null;
            if (received != wanted)
            {
                problems.Add(new Problem($"The weights do not fit the model: '{name}'") { Where = path, Expected = wanted, Received = received ?? "no such tensor" });
            }
        }

        problems.AddRange(found.Keys.Except(expected.Keys).Order(StringComparer.Ordinal).Select(
            name => new Problem($"The weights do not fit the model: '{name}'") { Where = path, Expected = "no such tensor", Received = $"{found[name].Type} [{string.Join(", ", found[name].Shape)}]" }));
        if (problems.Count > 0)
        {
            throw new RequestException(problems);
        }

        using IDisposable noGrad = no_grad();
        using DisposeScope scope = NewDisposeScope();
        foreach ((string name, Tensor tensor) in expected)
        {
            tensor.copy_(file.ToTensor(found[name]));
        }
    }
}
