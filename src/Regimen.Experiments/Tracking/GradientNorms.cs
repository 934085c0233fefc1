using System.ComponentModel.DataAnnotations;
using Regimen.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Regimen.Tracking;

/// <summary>Writes <c>gradient_norms.csv</c> into the run's folder: for every so many steps the Euclidean norm of all gradients before
/// clipping, and of each parameter's gradient after it.</summary>
/// <remarks>A resumed run first cuts the file back to the rows that it continues from.</remarks>
[Observer("gradient_norms")]
public sealed record GradientNorms : Observer
{
    /// <summary>Steps from one row to the next.</summary>
    [Range(1, long.MaxValue)]
    public long Every { get; init; } = 100;

    /// <inheritdoc/>
    public override ITrainObserver Create(ObserverContext context) => new Writer(Path.Combine(context.Folder, "gradient_norms.csv"), Every, context.From.Step);

    private sealed class Writer(string path, long every, long from) : ITrainObserver, IDisposable
    {
        private readonly StepTable _table = new(path, from);

        public bool NeedsGradients => true;

        public void Observe(TrainEvent trainEvent)
        {
            if (trainEvent is not TrainEvent.GradientsComputed { State.At.Step: var taken } computed)
            {
                if (trainEvent is TrainEvent.EpochEnded or TrainEvent.Ended)
                {
                    _table.Flush();
                }

                return;
            }

            long step = taken + 1;
            if (step % every != 0)
            {
                return;
            }

            using DisposeScope scope = NewDisposeScope();
            using IDisposable noGrad = no_grad();
            KeyValuePair<string, Tensor>[] gradients = [.. computed.Gradients];
            _table.Add(() => ["step", "norm", .. gradients.Select(g => g.Key)], [step, computed.Norm, .. gradients.Select(g => g.Value.norm().ToDouble())]);
        }

        public void Dispose() => _table.Dispose();
    }
}
