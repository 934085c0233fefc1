using TorchSharp;
using static TorchSharp.torch;

namespace Regimen.Optimization;

/// <summary>The sums of a loss's named parts over several batches, each batch with its weight, in double precision.</summary>
public sealed class LossParts
{
    private readonly double[] _sums;

    /// <summary>Creates sums of 0 for the parts of an objective.</summary>
    public LossParts(IReadOnlyList<string> names) => (Names, _sums) = (names, new double[names.Count]);

    /// <summary>The names, as <see cref="Objective.Parts"/> declares them.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>The sums, in the order of <see cref="Names"/>.</summary>
    public IReadOnlyList<double> Sums => _sums;

    /// <summary>Adds the parts of a batch's result, each times a weight.</summary>
    /// <exception cref="RequestException">The result has other parts than the objective declares.</exception>
    public void Add(in ObjectiveResult result, double weight)
    {
        if (!result.Parts.Select(p => p.Name).SequenceEqual(Names))
        {
            throw new RequestException(new Problem("The objective returned other parts of its loss than it declares")
            {
                Where = "Objective.Parts",
                Expected = Text(Names),
                Received = Text(result.Parts.Select(p => p.Name)),
                Hint = "Return every part in each batch, in the order in which Parts lists them; one that does not apply is 0.",
            });
        }

        for (int i = 0; i < _sums.Length; i++)
        {
            Add(i, result.Parts[i].Value, weight);
        }

        static string Text(IEnumerable<string> names) => string.Join(", ", names) is { Length: > 0 } text ? text : "none";
    }

    /// <summary>Divides all sums.</summary>
    internal IReadOnlyList<double> DividedBy(double divisor) => [.. _sums.Select(s => s / divisor)];

    /// <summary>Sets the sums.</summary>
    internal void Set(ReadOnlySpan<double> sums) => sums.CopyTo(_sums);

    /// <summary>Sets the sums to 0.</summary>
    internal void Clear() => Array.Clear(_sums);

    private void Add(int index, Tensor value, double weight)
    {
        using Tensor detached = value.detach();
        _sums[index] += detached.ToDouble() * weight;
    }
}
