using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Regimen.Tracking;

/// <summary>The instruments and the source of spans named Regimen. OpenTelemetry, or any listener in the process, may collect them.</summary>
internal static class Telemetry
{
    /// <summary>The name of the meter and of the source of spans.</summary>
    public const string Name = "Regimen";

    private static readonly Meter Meter = new(Name);

    public static ActivitySource Spans { get; } = new(Name);

    public static Gauge<double> Loss { get; } = Meter.CreateGauge<double>("regimen.loss", description: "The loss of the last step.");

    public static Gauge<double> Lr { get; } = Meter.CreateGauge<double>("regimen.lr", description: "The learning rate of the last step.");

    public static Gauge<double> Metric { get; } = Meter.CreateGauge<double>("regimen.metric", description: "The loss or a metric of the last pass over a split.");

    public static Counter<long> Samples { get; } = Meter.CreateCounter<long>("regimen.samples", "{sample}", "Samples trained on.");

    public static Gauge<double> SamplesPerSecond { get; } = Meter.CreateGauge<double>("regimen.samples_per_second", "{sample}/s", "Samples trained on per second, over at least one second.");

    public static Histogram<double> LoaderWait { get; } = Meter.CreateHistogram<double>("regimen.loader.wait", "s", "The time that a step waited for its batches.");

    public static Histogram<double> CheckpointTime { get; } = Meter.CreateHistogram<double>("regimen.checkpoint.duration", "s", "The time that a checkpoint took to be written, in the background.");
}
