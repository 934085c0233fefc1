using Regimen.Recording;
using Regimen.Runs;
using Regimen.Training;
using Tensorboard;

namespace Regimen.Tracking;

/// <summary>Writes a run to TensorBoard: each pass over steps (<c>loss/train</c>, <c>loss/val</c>, <c>accuracy/val</c>, <c>lr</c>), the config, the
/// hyperparameters with the final results, pictures of samples and mistakes, the confusion matrix, and histograms.</summary>
/// <remarks>A write failure is reported once and does not stop training.</remarks>
internal sealed class TensorBoardObserver : IRunSink
{
    private readonly Action<string> _warn;
    private readonly TensorBoardContent? _content;
    private readonly TensorBoardHistograms? _histograms;
    private TensorBoardWriter? _writer;
    private bool _warned;
    private bool _needsSamples;

    /// <summary>Creates a file in a folder.</summary>
    /// <param name="folder">The run folder.</param>
    /// <param name="time">The time provider.</param>
    /// <param name="warn">Called once if writing fails.</param>
    /// <param name="content">What is written beside passes; null for nothing.</param>
    /// <param name="kept">The tags of the start that an earlier file has; null for none.</param>
    public TensorBoardObserver(string folder, TimeProvider time, Action<string> warn, TensorBoardContent? content = null, IReadOnlySet<string>? kept = null)
    {
        _warn = warn;
        _content = content;
        _histograms = content?.Histograms is { } every ? new TensorBoardHistograms(every) : null;
        _needsSamples = content?.Samples is not null && kept?.Contains(TensorBoardTags.Samples) != true;
        Try(() => _writer = TensorBoardWriter.Create(folder, time));
        if (content is not null)
        {
            Try(() => Begin(content, kept));
        }
    }

    /// <inheritdoc/>
    public bool NeedsGradients => _histograms is not null;

    /// <inheritdoc/>
    public bool NeedsGradientsOf(long step) => _histograms?.NeedsGradientsOf(step) == true;

    /// <summary>Creates a run's file. The files of a resumed run are first truncated to the point that it continues from.</summary>
    public static TensorBoardObserver Open(RunFolder folder, History history, long step, Action<string> warn, TimeProvider time, TensorBoardContent? content = null)
    {
        IReadOnlySet<string> kept = TensorBoardCut.Apply(folder.FullPath, history, step);
        return new TensorBoardObserver(folder.FullPath, time, warn, content, kept);
    }

    /// <inheritdoc/>
    public void Observe(TrainEvent trainEvent)
    {
        switch (trainEvent)
        {
            case TrainEvent.Started started:
                _histograms?.Begin(started.Plan);
                break;
            case TrainEvent.GradientsComputed computed:
                if (_histograms?.Of(computed) is { Count: > 0 } gradients)
                {
                    Write(computed.State.At.Step + 1, gradients);
                }

                break;
            case TrainEvent.Validated validated:
                Write(validated.Pass);
                break;
            case TrainEvent.EpochEnded ended:
                Write(ended.Train);
                if (_histograms?.Of(ended.State) is { Count: > 0 } weights)
                {
                    Write(ended.State.At.Step, weights);
                }

                Flush();
                break;
        }
    }

    /// <summary>Writes one pass.</summary>
    public void Write(Pass pass)
    {
        WriteSamples();
        List<(string, double)> values = [.. pass.Values.Select(v => ($"{v.Key}/{pass.Split}", v.Value))];
        if (pass.Lr is { } lr)
        {
            values.Add(("lr", lr));
        }

        Try(() => _writer?.Write(pass.At.Step, values));
    }

    /// <summary>Writes pictures of what the test found.</summary>
    /// <param name="at">The step of the tested weights.</param>
    /// <param name="tag">The tag.</param>
    /// <param name="pictures">The pictures.</param>
    /// <param name="description">What they show, in Markdown.</param>
    public void Show(long at, string tag, IReadOnlyList<TensorBoardPicture> pictures, string description)
    {
        if (pictures.Count > 0)
        {
            Write(at, [TensorBoardSummaries.Pictures(tag, pictures, description)]);
        }
    }

    /// <summary>Writes how the run ended, and the results of its final weights.</summary>
    /// <param name="at">The step of the final weights.</param>
    /// <param name="succeeded">Whether the run did not fail.</param>
    /// <param name="passes">The passes that measured the final weights; null for none of a split.</param>
    public void End(long at, bool succeeded, params ReadOnlySpan<Pass?> passes)
    {
        List<Summary.Types.Value> values = [];
        foreach (Pass? pass in passes)
        {
            values.AddRange(pass?.Values.Select(v => new Summary.Types.Value { Tag = $"{TensorBoardTags.Final}{pass.Split}.{v.Key}", SimpleValue = (float)v.Value }) ?? []);
        }

        if (values.Count > 0)
        {
            Write(at, values);
        }

        Try(() => _writer?.Write(at, [TensorBoardHparams.OfEnd(succeeded, _writer.Now)]));
    }

    /// <summary>Flushes the buffer to the operating system.</summary>
    public void Flush() => Try(() => _writer?.Flush());

    /// <summary>Flushes the file to disk. May be called from another thread while passes are written.</summary>
    public void FlushToDisk() => Try(() => _writer?.FlushToDisk());

    /// <inheritdoc/>
    public void Dispose() => Try(() => _writer?.Dispose());

    private void Begin(TensorBoardContent content, IReadOnlySet<string>? kept)
    {
        if (_writer is not { } writer)
        {
            return;
        }

        Summary.Types.Value[] opening =
        [
            TensorBoardSummaries.Text(TensorBoardTags.Config, $"```yaml\n{content.Config.Replace("```", "` ` `", StringComparison.Ordinal)}\n```"),
            TensorBoardHparams.OfExperiment(content.Keys, [.. content.Results.Select(r => TensorBoardTags.Final + r)], writer.Now),
            TensorBoardHparams.OfStart(content.Keys, writer.Now),
        ];
        foreach (Summary.Types.Value value in opening.Where(v => kept?.Contains(v.Tag) != true))
        {
            writer.Write(0, [value]);
        }
    }

    private void WriteSamples()
    {
        if (!_needsSamples)
        {
            return;
        }

        _needsSamples = false;
        IReadOnlyList<TensorBoardPicture> pictures;
        try
        {
            pictures = _content!.Samples!();
        }
#pragma warning disable CA1031 // The data set's own code runs here; whatever it throws is reported.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            _warn($"TensorBoard's file has no pictures of samples: {exception.Message.Split('\n')[0].TrimEnd()}");
            return;
        }

        if (pictures.Count > 0)
        {
            Write(0, [TensorBoardSummaries.Pictures(TensorBoardTags.Samples, pictures, "Training samples as stored.")]);
        }
    }

    private void Write(long step, IReadOnlyList<Summary.Types.Value> values) => Try(() => _writer?.Write(step, values));

    private void Try(Action write)
    {
        try
        {
            write();
        }
        catch (WorkFailedException exception)
        {
            if (Interlocked.Exchange(ref _writer, null) is not { } broken)
            {
                // Creating the file failed, or the other thread has already warned.
                if (!_warned)
                {
                    _warned = true;
                    _warn($"The TensorBoard file is no longer written: {exception.Problem}");
                }

                return;
            }

            _warned = true;
            _warn($"The TensorBoard file is no longer written: {exception.Problem}");
            try
            {
                broken.Dispose();
            }
            catch (WorkFailedException)
            {
                // Closing fails for the same reason, which has been reported.
            }
        }
    }
}
