using Regimen.Engine;
using Regimen.Loading;
using Regimen.Optimization;
using Regimen.Safetensors;
using TorchSharp;
using static TorchSharp.torch;

namespace Regimen.Recording;

/// <summary>Checks that a checkpoint can hold everything that training changes in a model.</summary>
internal static class ModelStateCheck
{
    /// <summary>Returns a problem for each tensor of a dtype that checkpoints do not support, such as complex numbers.</summary>
    public static IEnumerable<Problem> OfTypes(nn.Module model)
        => model.state_dict().Where(t => !TensorType.Has(t.Value.dtype)).Select(t => new Problem("A checkpoint does not support tensors of this type")
        {
            Where = $"{model.GetType().Name}, {t.Key}",
            Expected = string.Join(", ", TensorType.All),
            Received = t.Value.dtype.ToString(),
            Hint = t.Value.dtype is ScalarType.ComplexFloat32 or ScalarType.ComplexFloat64
                ? "Store real and imaginary parts in one float32 parameter with a last dimension of 2, and use view_as_complex in forward."
                : "Convert it to one of these types.",
        });

    /// <summary>Returns a problem for each buffer that is not saved in checkpoints (<c>persistent: false</c>) although a training step changes it.
    /// Runs one batch through the model in training mode, and restores everything that this changes.</summary>
    /// <param name="model">The model. It is not run if it has no such buffers, or if the training set is a stream that can be read once only.</param>
    /// <param name="objective">The objective, which runs the model.</param>
    /// <param name="train">The loader of the training set.</param>
    /// <param name="seed">The run's seed.</param>
    public static IEnumerable<Problem> OfUnsavedBuffers(nn.Module model, Objective objective, DataLoader train, ulong seed)
    {
        using var unsaved = new UnsavedBuffers(model);
        if (!unsaved.Any || train.Stream is { Stream.Reopens: false })
        {
            return [];
        }

        using DisposeScope scope = NewDisposeScope();
        (Tensor Buffer, Tensor Copy)[] all = [.. ModelBuffers.Of(model).Select(b => (b.Buffer, b.Buffer.detach().clone()))];
        (nn.Module Module, bool Training)[] modes = [.. model.modules().Prepend(model).Select(m => (m, m.training))];
        Tensor generator = get_rng_state();
        try
        {
            model.train();
            using DataLoader? again = train.Stream is null ? null : train.Again();
            if ((again ?? train).Epoch(seed, 1, 0, CancellationToken.None).FirstOrDefault() is { } batch)
            {
                objective.Compute(model, batch);
            }
        }
#pragma warning disable CA1031 // The model's own code runs here. The first training step reports its exceptions.
        catch (Exception)
        {
        }
#pragma warning restore CA1031

        Problem[] problems = [.. unsaved.Changed().Select(name => UnsavedBuffers.ProblemOf(model, name))];
        using (no_grad())
        {
            foreach ((Tensor buffer, Tensor copy) in all)
            {
                buffer.copy_(copy);
            }
        }

        foreach ((nn.Module module, bool training) in modes.Where(m => m.Module.training != m.Training))
        {
            module.train(training);
        }

#pragma warning disable RS0030 // A state of the wrong size aborts the process; this one was read from the same generator.
        set_rng_state(generator);
#pragma warning restore RS0030
        return problems;
    }
}
