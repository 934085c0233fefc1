using TorchSharp;
using static TorchSharp.torch;

namespace Regimen.Engine;

/// <summary>Every tensor of a model by its plain PyTorch name, put back into it.</summary>
public static class ModelState
{
    /// <summary>Copies values into a model that has exactly these tensors.</summary>
    /// <param name="model">What to change.</param>
    /// <param name="values">Its tensors by name.</param>
    /// <param name="source">What errors call the place that the values are from; null for none.</param>
    /// <exception cref="RequestException">A tensor is missing, one too many, or of another shape or type: all of them are named, and the
    /// model is unchanged.</exception>
    public static void Load(nn.Module model, IReadOnlyDictionary<string, Tensor> values, string? source = null)
    {
        Dictionary<string, Tensor> expected = model.state_dict();
        Problem[] problems =
        [
            .. expected.Where(t => !Fits(t.Value, values.GetValueOrDefault(t.Key))).Select(t => Misfit(t.Key, Describe(t.Value), Describe(values.GetValueOrDefault(t.Key)))),
            .. values.Where(v => !expected.ContainsKey(v.Key)).Select(v => Misfit(v.Key, "no such tensor", Describe(v.Value))),
        ];
        if (problems.Length > 0)
        {
            throw new RequestException(problems);
        }

        using IDisposable noGrad = no_grad();
        using DisposeScope scope = NewDisposeScope();
        foreach ((string name, Tensor tensor) in expected)
        {
            tensor.copy_(values[name]);
        }

        Problem Misfit(string name, string wanted, string received)
            => new($"The weights do not fit the model: '{name}'") { Where = source, Expected = wanted, Received = received };
    }

    private static bool Fits(Tensor expected, Tensor? received)
        => received is not null && expected.dtype == received.dtype && expected.shape.AsSpan().SequenceEqual(received.shape);

    private static string Describe(Tensor? tensor) => tensor is null ? "no such tensor" : $"{tensor.dtype} [{string.Join(", ", tensor.shape)}]";
}
