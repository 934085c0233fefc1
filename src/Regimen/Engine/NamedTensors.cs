using TorchSharp;
using static TorchSharp.torch;

namespace Regimen.Engine;

/// <summary>Restores saved values into tensors by name.</summary>
internal static class NamedTensors
{
    /// <summary>Copies values into existing tensors. Names, shapes and types must be the same on both sides.</summary>
    /// <param name="targets">The tensors to overwrite, by name.</param>
    /// <param name="values">The saved values, by name.</param>
    /// <param name="misfit">The beginning of error messages, as "The weights do not fit the model".</param>
    /// <param name="source">The source of the values in error messages; null for none.</param>
    /// <exception cref="RequestException">A tensor is missing, unexpected, or of another shape or type. It holds every such problem; no
    /// tensor is changed.</exception>
    public static void CopyInto(
        IReadOnlyDictionary<string, Tensor> targets, IReadOnlyDictionary<string, Tensor> values, string misfit, string? source = null)
    {
        Problem[] problems =
        [
            .. targets.Where(t => !Fits(t.Value, values.GetValueOrDefault(t.Key))).Select(t => Misfit(t.Key, t.Value, values.GetValueOrDefault(t.Key))),
            .. values.Where(v => !targets.ContainsKey(v.Key)).Select(v => Misfit(v.Key, null, v.Value)),
        ];
        if (problems.Length > 0)
        {
            throw new RequestException(problems);
        }

        using IDisposable noGrad = no_grad();
        using DisposeScope scope = NewDisposeScope();
        foreach ((string name, Tensor target) in targets)
        {
            target.copy_(values[name]);
        }

        Problem Misfit(string name, Tensor? expected, Tensor? received)
            => new($"{misfit}: '{name}'") { Where = source, Expected = Describe(expected), Received = Describe(received) };
    }

    private static bool Fits(Tensor expected, Tensor? received)
        => received is not null && expected.dtype == received.dtype && expected.shape.AsSpan().SequenceEqual(received.shape);

    private static string Describe(Tensor? tensor) => tensor is null ? "no such tensor" : $"{tensor.dtype} [{string.Join(", ", tensor.shape)}]";
}
