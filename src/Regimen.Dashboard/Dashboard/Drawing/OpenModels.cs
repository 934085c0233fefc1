using Regimen.Prediction;

namespace Regimen.Dashboard;

/// <summary>The models of the drawing page that were used last. This is the only part of a dashboard that loads TorchSharp.</summary>
/// <param name="open">Opens the model of a run's folder.</param>
/// <param name="most">The number of models that are kept.</param>
internal sealed class OpenModels(Func<string, Predictor> open, int most) : IDisposable
{
    private readonly Lock _gate = new();
    private readonly List<(string Folder, string State, Predictor Predictor)> _models = [];

    /// <summary>Predicts an image. One at a time: a model may otherwise be closed while it computes.</summary>
    /// <param name="run">The run.</param>
    /// <param name="pixels">The image, <c>[channels, height, width]</c>.</param>
    /// <exception cref="RequestException">The model can't be opened, or takes no images.</exception>
    public PredictionResult Predict(DrawableRun run, byte[] pixels)
    {
        lock (_gate)
        {
            Predictor predictor = Find(run);
            return predictor.Predict(predictor.RequireImages().Samples(pixels))[0];
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_gate)
        {
            _models.ForEach(m => m.Predictor.Dispose());
            _models.Clear();
        }
    }

    private Predictor Find(DrawableRun run)
    {
        int at = _models.FindIndex(m => m.Folder == run.Folder);
        if (at >= 0 && _models[at] is var (_, state, known) && state == run.State)
        {
            _models.RemoveAt(at);
            _models.Add((run.Folder, state, known));
            return known;
        }

        if (at < 0 && _models.Count == most)
        {
            at = 0;
        }

        if (at >= 0)
        {
            _models[at].Predictor.Dispose();
            _models.RemoveAt(at);
        }

        Predictor predictor = open(run.Folder);
        _models.Add((run.Folder, run.State, predictor));
        return predictor;
    }
}
