using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Regimen.Tracking;

/// <summary>Sends what <see cref="Telemetry"/> publishes to an OpenTelemetry collector, by OTLP over HTTP (protobuf), on threads of its own.</summary>
/// <remarks>A collector that refuses, fails or hangs is reported once; what it did not take is lost. At the end of a run it has two seconds to take the
/// rest. The variables OTEL_EXPORTER_OTLP_HEADERS, OTEL_METRIC_EXPORT_INTERVAL and OTEL_SERVICE_NAME apply.</remarks>
internal sealed class OtlpExport : IDisposable
{
    private const int MetricsEvery = 10_000;
    private const int Timeout = 5_000;
    private static readonly TimeSpan LastChance = TimeSpan.FromSeconds(2);
    private readonly string _address;
    private readonly Action<string> _warn;
    private readonly MeterProvider _metrics;
    private readonly TracerProvider _spans;
    private int _told;

    /// <summary>Begins to collect and send.</summary>
    /// <param name="address">The collector's address, without the paths of the signals.</param>
    /// <param name="run">What the numbers are of: attributes of the resource.</param>
    /// <param name="warn">Receives the first problem.</param>
    public OtlpExport(string address, IReadOnlyDictionary<string, object> run, Action<string> warn)
    {
        (_address, _warn) = (address.TrimEnd('/'), warn);
        ResourceBuilder resource = ResourceBuilder.CreateDefault().AddAttributes(run);
        if (Environment.GetEnvironmentVariable("OTEL_SERVICE_NAME") is not { Length: > 0 })
        {
            resource.AddService("regimen", autoGenerateServiceInstanceId: false);
        }

        _metrics = Sdk.CreateMeterProviderBuilder().SetResourceBuilder(resource).AddMeter(Telemetry.Name)
            .AddOtlpExporter((exporter, reader) =>
            {
                Set(exporter, "v1/metrics");
                reader.PeriodicExportingMetricReaderOptions.ExportIntervalMilliseconds ??= MetricsEvery;
            }).Build();
        _spans = Sdk.CreateTracerProviderBuilder().SetResourceBuilder(resource).AddSource(Telemetry.Name)
            .SetSampler(new AlwaysOnSampler())
            .AddOtlpExporter(exporter => Set(exporter, "v1/traces")).Build();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        // A hanging collector must not keep a finished run waiting: the threads are background threads.
        Task<bool>[] last = [Task.Run(() => _metrics.Shutdown((int)LastChance.TotalMilliseconds)), Task.Run(() => _spans.Shutdown((int)LastChance.TotalMilliseconds))];
        if (!Task.WaitAll(last, LastChance + TimeSpan.FromMilliseconds(500)) || last.Any(done => !done.Result))
        {
            Tell("it did not take the last numbers within 2 s");
        }

        Interlocked.Exchange(ref _told, 1);
    }

    private void Set(OtlpExporterOptions exporter, string path)
    {
        exporter.Protocol = OtlpExportProtocol.HttpProtobuf;
        exporter.Endpoint = new Uri($"{_address}/{path}");
        exporter.TimeoutMilliseconds = Timeout;
        exporter.HttpClientFactory = () => new HttpClient(new Watched(this)) { Timeout = TimeSpan.FromMilliseconds(Timeout) };
    }

    private void Tell(string problem)
    {
        if (Interlocked.Exchange(ref _told, 1) == 0)
        {
            _warn($"The collector {_address} (otlp) receives not everything: {problem}");
        }
    }

    /// <summary>Reports requests that fail. The exporter itself keeps silent about them.</summary>
    private sealed class Watched(OtlpExport export) : DelegatingHandler(new SocketsHttpHandler { AllowAutoRedirect = false, ConnectTimeout = TimeSpan.FromMilliseconds(Timeout) })
    {
        protected override HttpResponseMessage Send(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            try
            {
                return Look(base.Send(request, cancellationToken));
            }
            catch (Exception exception) when (Told(exception))
            {
                throw;
            }
        }

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            try
            {
                return Look(await base.SendAsync(request, cancellationToken).ConfigureAwait(false));
            }
            catch (Exception exception) when (Told(exception))
            {
                throw;
            }
        }

        private HttpResponseMessage Look(HttpResponseMessage response)
        {
            if (!response.IsSuccessStatusCode)
            {
                export.Tell($"it answered {(int)response.StatusCode} {response.ReasonPhrase}");
            }

            return response;
        }

        private bool Told(Exception exception)
        {
            export.Tell(exception is OperationCanceledException ? $"no answer within {Timeout / 1000} s" : exception.Message.Split('\n')[0].TrimEnd());
            return true;
        }
    }
}
