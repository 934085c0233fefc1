using System.Globalization;
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
    private TelemetrySink? _telemetry;

    public RunSinks(Experiment experiment)
    {
        RunSinkFactory board = (folder, history, step, warn, time) => _board = TensorBoardObserver.Open(folder, history, step, warn, time, TensorBoardRun.Of(experiment));
        Factories = !experiment.IsTracked ? [] : experiment.Config.Otlp is { } address
            ? [board, (folder, _, _, warn, time) => _telemetry = Telemetry(experiment, address, folder, warn, time)]
            : [board];
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
    /// <param name="error">The error.</param>
    public void Fail(string error)
    {
        _board?.End(at: 0, succeeded: false);
        _telemetry?.Fail(error);
    }

    private static TelemetrySink Telemetry(Experiment experiment, string address, RunFolder folder, Action<string> warn, TimeProvider time)
    {
        try
        {
            return new TelemetrySink(Export(experiment, address, folder, warn), time, warn);
        }
#pragma warning disable CA1031 // Whatever the exporter throws, the run goes on without it.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            warn($"Nothing is sent to {address} (otlp): {exception.Message.Split('\n')[0].TrimEnd()}");
            return new TelemetrySink(export: null, time, warn);
        }
    }

    // A method of its own: without the key, no assembly of OpenTelemetry is loaded.
    private static OtlpExport Export(Experiment experiment, string address, RunFolder folder, Action<string> warn) => new(
        address,
        new Dictionary<string, object>
        {
            ["regimen.run"] = folder.Name,
            ["regimen.model"] = experiment.Config.Model.Name,
            ["regimen.data"] = experiment.Config.Data.Name,
            ["regimen.seed"] = experiment.Config.SeedToUse.ToString(CultureInfo.InvariantCulture),
        },
        warn);
}
