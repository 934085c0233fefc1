using Regimen.Recording;
using Regimen.Reports;
using Regimen.Runs;
using Regimen.Tracking;

namespace Regimen.Experiments;

/// <summary>The outputs of a run beside its record: TensorBoard's file and, if the config has a collector's address, OTLP. They receive the events
/// of the training from the record, and the findings and the end from here.</summary>
internal sealed class RunSinks
{
    private TensorBoardObserver? _board;

    public RunSinks(Experiment experiment)
    {
        Factories = [(folder, history, step, warn, time) => _board = TensorBoardObserver.Open(folder, history, step, warn, time, TensorBoardRun.Of(experiment))];
    }

    /// <summary>Open the sinks.</summary>
    public IReadOnlyList<RunSinkFactory> Factories { get; }

    /// <summary>Shows what the test found.</summary>
    public void Show(RunFindings findings, Progress at)
    {
        if (_board is { } board)
        {
            TensorBoardRun.Show(board, findings, at.Step);
        }
    }

    /// <summary>Writes the results of a run that was not interrupted. One that was resumes, and ends later.</summary>
    public void End(TrainResult result, Pass? test)
    {
        if (result.Status != TrainStatus.Interrupted)
        {
            Progress at = result.Restored ? result.Best!.At : result.At;
            _board?.End(at.Step, succeeded: true, result.History.ValidationOf(at), test);
        }
    }

    /// <summary>Writes that the run has failed.</summary>
    public void Fail() => _board?.End(at: 0, succeeded: false);
}
