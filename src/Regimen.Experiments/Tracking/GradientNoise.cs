using System.ComponentModel.DataAnnotations;
using System.Globalization;
using Regimen.Training;

namespace Regimen.Tracking;

/// <summary>Writes <c>gradient_noise.csv</c> into the run's folder: for every so many steps the simple noise scale of the gradient (McCandlish, Kaplan,
/// Amodei and the OpenAI Dota Team, "An Empirical Model of Large-Batch Training", 2018, appendix A.1), from the gradients of the batches that a step
/// accumulates. It is about the number of samples in a step up to which a larger step pays.</summary>
/// <remarks>
/// With the gradient g of a step of B samples and the gradients gᵢ of its batches of bᵢ samples, <c>E‖g‖² = ‖G‖² + S/B</c> and
/// <c>E‖gᵢ‖² = ‖G‖² + S/bᵢ</c>, with the true gradient G and the sum S of the variances of a sample's gradient. Both are estimated without bias in
/// each row; the noise scale is the ratio of their means over the rows so far, S/‖G‖². A resumed run first cuts the file back to the rows that it
/// continues from, and reads the sums from them.
/// </remarks>
[Observer("gradient_noise")]
public sealed record GradientNoise : Observer
{
    /// <summary>Steps from one row to the next.</summary>
    [Range(1, long.MaxValue)]
    public long Every { get; init; } = 10;

    /// <inheritdoc/>
    public override IEnumerable<Problem> Check(TrainOptions options) => options.Accumulate > 1 ? [] :
    [
        new Problem("The gradient's noise is estimated from the batches of a step, and a step has one batch")
        {
            Where = "observers: gradient_noise",
            Expected = "trainer.accumulate of at least 2",
            Received = "trainer.accumulate=1",
            Hint = "Set trainer.accumulate=4 and divide loader.batch_size by 4: the steps stay the same.",
        },
    ];

    /// <inheritdoc/>
    public override ITrainObserver Create(ObserverContext context) => new Writer(Path.Combine(context.Folder, "gradient_noise.csv"), Every, context.From.Step);

    /// <summary>Estimates ‖G‖² and S from one step.</summary>
    /// <param name="norm">The norm of the step's gradient.</param>
    /// <param name="batches">The samples and the gradient's norm of each batch; at least two batches.</param>
    internal static (double Signal, double Noise) Estimate(double norm, IReadOnlyList<(int Samples, double Norm)> batches)
    {
        double samples = batches.Sum(b => (double)b.Samples);
        double ofBatches = batches.Average(b => b.Norm * b.Norm);
        double noise = (ofBatches - (norm * norm)) / (batches.Average(b => 1.0 / b.Samples) - (1 / samples));
        return ((norm * norm) - (noise / samples), noise);
    }

    private sealed class Writer : ITrainObserver, IDisposable
    {
        private static readonly string[] Columns = ["step", "samples", "gradient_squared", "noise", "noise_scale"];
        private readonly StepTable _table;
        private readonly long _every;
        private double _signal;
        private double _noise;

        public Writer(string path, long every, long from)
        {
            (_table, _every) = (new StepTable(path, from), every);
            foreach (string[] row in _table.Rows.Select(r => r.Split(',')))
            {
                _signal += double.Parse(row[2], CultureInfo.InvariantCulture);
                _noise += double.Parse(row[3], CultureInfo.InvariantCulture);
            }
        }

        public bool NeedsGradients => true;

        public bool NeedsGradientsOf(long step) => step % _every == 0;

        public bool NeedsBatchNormsOf(long step) => step % _every == 0;

        public void Observe(TrainEvent trainEvent)
        {
            // The last step of an epoch may have one batch, which says nothing about the noise.
            if (trainEvent is TrainEvent.GradientsComputed { Batches.Count: > 1 } computed)
            {
                (double signal, double noise) = Estimate(computed.Norm, computed.Batches);
                _signal += signal;
                _noise += noise;
                _table.Add(() => Columns, [computed.State.At.Step + 1, computed.Batches.Sum(b => b.Samples), signal, noise, _noise / _signal]);
            }
            else if (trainEvent is TrainEvent.EpochEnded or TrainEvent.Ended)
            {
                _table.Flush();
            }
        }

        public void Dispose() => _table.Dispose();
    }
}
