using System.Globalization;
using Regimen.Engine;
using Regimen.Runs;
using TorchSharp;
using static TorchSharp.torch;

namespace Regimen.Training;

/// <summary>Ends a training whose values are no longer finite, before they reach weights or checkpoints.</summary>
internal static class FiniteGuard
{
    private const string OfLoss = "The loss is not a finite number; training can't continue";
    private const string OfGradient = "The gradient is not finite although the loss is; training can't continue";
    private const string OfWeights = "The weights are not finite any more; training can't continue";

    /// <summary>Whether a training failed because its values were not finite.</summary>
    public static bool IsCauseOf(WorkFailedException failure) => failure.Problem.Message is OfLoss or OfGradient or OfWeights;

    /// <summary>Throws if a loss is not finite.</summary>
    public static void Loss(float loss, Progress at)
    {
        if (!float.IsFinite(loss))
        {
            throw Failure(OfLoss, at.ToString(), "a finite loss", loss);
        }
    }

    /// <summary>Throws if the norm of the gradients is not finite.</summary>
    public static void Gradients(FlatParameters parameters, double norm, Progress at)
    {
        if (!double.IsFinite(norm))
        {
            string? name = FirstNotFinite(parameters, parameters.Gradients);
            throw Failure(
                OfGradient,
                name is null ? at.ToString() : $"{at}, {name}",
                "a finite norm of the gradients",
                norm);
        }
    }

    /// <summary>Returns the failure of a norm that is not finite, whose gradients are no longer known.</summary>
    public static WorkFailedException OfNorm(double norm, Progress at) => Failure(OfGradient, at.ToString(), "a finite norm of the gradients", norm);

    /// <summary>Throws if weights or buffers (such as the statistics of batch norms) are not finite: they must not be saved in a checkpoint.</summary>
    public static void Weights(FlatParameters parameters, FiniteBuffers buffers, Progress at)
    {
        if ((FirstNotFinite(parameters, parameters.Values) ?? buffers.FirstNotFinite()) is { } name)
        {
            throw Failure(OfWeights, $"{at}, {name}", "finite weights", double.NaN);
        }
    }

    private static string? FirstNotFinite(FlatParameters parameters, Tensor flat)
    {
        using IDisposable noGrad = no_grad();
        using DisposeScope scope = NewDisposeScope();
        return IsFinite(flat) ? null : parameters.Ranges.FirstOrDefault(r => !IsFinite(r.View(flat)))?.Name;
    }

    internal static bool IsFinite(Tensor values) => values.isfinite().all().ToBoolean();

    private static WorkFailedException Failure(string message, string where, string expected, double received) => new(new Problem(message)
    {
        Where = where,
        Expected = expected,
        Received = received.ToString(CultureInfo.InvariantCulture),
        Hint = "Lower optimizer.lr, set trainer.clip_norm=1, or look for values in the data that are not finite. " + FiniteCheck.ForkHint,
    });
}

/// <summary>The buffers of a model that were finite when training began. Other buffers, such as an attention mask of -infinity, are not checked.</summary>
internal sealed class FiniteBuffers
{
    private readonly nn.Module _model;
    private readonly HashSet<string> _names;

    public FiniteBuffers(nn.Module model)
    {
        using DisposeScope scope = NewDisposeScope();
        _model = model;
        _names = [.. model.named_buffers().Where(b => IsFinite(b.buffer)).Select(b => b.name)];
    }

    /// <summary>Returns the name of the first buffer that is no longer finite; null if all are finite.</summary>
    public string? FirstNotFinite()
    {
        using DisposeScope scope = NewDisposeScope();
        return _model.named_buffers().FirstOrDefault(b => _names.Contains(b.name) && !IsFinite(b.buffer)).name;
    }

    private static bool IsFinite(Tensor buffer) => buffer.is_floating_point() && FiniteGuard.IsFinite(buffer);
}
