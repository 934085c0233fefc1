using System.ComponentModel.DataAnnotations;
using System.Globalization;
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

    private sealed class Writer : ITrainObserver, IDisposable
    {
        private readonly StreamWriter _file;
        private readonly long _every;
        private bool _hasHeader;

        public Writer(string path, long every, long from)
        {
            string[] kept = File.Exists(path) && from > 0 ? [.. File.ReadLines(path).Where((line, i) => i == 0 || Counts(line, from))] : [];
            File.WriteAllText(path, string.Concat(kept.Select(line => line + "\n")));
            _hasHeader = kept.Length > 0;
            _every = every;
            _file = new StreamWriter(path, append: true) { NewLine = "\n" };
        }

        public bool NeedsGradients => true;

        public void Observe(TrainEvent trainEvent)
        {
            if (trainEvent is not TrainEvent.GradientsComputed { State.At.Step: var taken } computed)
            {
                if (trainEvent is TrainEvent.EpochEnded or TrainEvent.Ended)
                {
                    _file.Flush();
                }

                return;
            }

            long step = taken + 1;
            if (step % _every != 0)
            {
                return;
            }

            using DisposeScope scope = NewDisposeScope();
            using IDisposable noGrad = no_grad();
            KeyValuePair<string, Tensor>[] gradients = [.. computed.Gradients];
            if (!_hasHeader)
            {
                _hasHeader = true;
                _file.WriteLine(string.Join(',', ["step", "norm", .. gradients.Select(g => g.Key)]));
            }

            _file.WriteLine(string.Join(',', [Number(step), Number(computed.Norm), .. gradients.Select(g => Number(g.Value.norm().ToDouble()))]));
        }

        public void Dispose() => _file.Dispose();

        private static bool Counts(string line, long from)
            => long.TryParse(line.AsSpan(0, Math.Max(0, line.IndexOf(',', StringComparison.Ordinal))), NumberStyles.None, CultureInfo.InvariantCulture, out long step) && step <= from;

        private static string Number(IFormattable value) => value.ToString(null, CultureInfo.InvariantCulture);
    }
}
