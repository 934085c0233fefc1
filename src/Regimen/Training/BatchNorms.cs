using Regimen.Engine;
using TorchSharp;
using static TorchSharp.torch;

namespace Regimen.Training;

/// <summary>Measures the norm of each batch's own gradient in a step of several batches, whose gradients are added up in one buffer.</summary>
internal sealed class BatchNorms(FlatParameters parameters) : IDisposable
{
    private readonly List<(int Samples, double Norm)> _norms = [];
    private Tensor? _before;

    /// <summary>The norms of the batches so far.</summary>
    public IReadOnlyList<(int Samples, double Norm)> Norms => [.. _norms];

    /// <summary>Begins a step.</summary>
    public void Clear() => _norms.Clear();

    /// <summary>Notes the gradients before a batch.</summary>
    public void Before()
    {
        using IDisposable noGrad = no_grad();
        _before ??= empty_like(parameters.Gradients).DetachFromDisposeScope();
        _before.copy_(parameters.Gradients);
    }

    /// <summary>Measures what a batch has added to the gradients.</summary>
    /// <param name="samples">The samples of the batch.</param>
    /// <param name="weight">The factor of its gradients.</param>
    public void After(int samples, double weight)
    {
        using IDisposable noGrad = no_grad();
        using DisposeScope scope = NewDisposeScope();
        _norms.Add((samples, weight > 0 ? parameters.Gradients.sub(_before!).norm().ToDouble() / weight : 0));
    }

    /// <inheritdoc/>
    public void Dispose() => _before?.Dispose();
}
