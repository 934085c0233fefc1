using Regimen.Engine;
using Regimen.Loading;
using Regimen.Optimization;
using Regimen.Safetensors;
using TorchSharp;
using static TorchSharp.torch;

namespace Regimen.Experiments;

/// <summary>Whether a checkpoint can hold all that training changes in a model.</summary>
internal static class ModelStateCheck
{
    /// <summary>Tensors of a type that a checkpoint can't hold, such as complex numbers.</summary>
    public static IEnumerable<Problem> OfTypes(nn.Module model)
        => model.state_dict().Where(t => !TensorType.Has(t.Value.dtype)).Select(t => new Problem("A checkpoint can't hold a tensor of this type")
        {
            Where = $"{model.GetType().Name}, {t.Key}",
            Expected = string.Join(", ", TensorType.All),
            Received = t.Value.dtype.ToString(),
            Hint = t.Value.dtype is ScalarType.ComplexFloat32 or ScalarType.ComplexFloat64
                ? "Keep real and imaginary part in one float32 parameter with a last dimension of 2, and use view_as_complex in forward."
                : "Convert it to one of these types.",
        });

    /// <summary>Buffers that are left out of checkpoints (<c>persistent: false</c>) although a training step changes them. Seen by a trial:
    /// one batch goes through the model in training mode, and whatever that changes is put back.</summary>
    /// <param name="model">The model. One without such buffers is not run.</param>
    /// <param name="objective">What runs it on a batch.</param>
    /// <param name="train">Where the batch comes from.</param>
    /// <param name="seed">The run's seed.</param>
    public static IEnumerable<Problem> OfUnsavedBuffers(nn.Module model, Objective objective, DataLoader train, ulong seed)
    {
        using var unsaved = new UnsavedBuffers(model);
        if (!unsaved.Any)
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
            if (train.Epoch(seed, 1, 0, CancellationToken.None).FirstOrDefault() is { } batch)
            {
                objective.Compute(model, batch);
            }
        }
#pragma warning disable CA1031 // The model's own code runs here. What it throws is told by the first step, where it belongs.
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

#pragma warning disable RS0030 // A state of the wrong size aborts the process; this one was taken a moment ago.
        set_rng_state(generator);
#pragma warning restore RS0030
        return problems;
    }
}
