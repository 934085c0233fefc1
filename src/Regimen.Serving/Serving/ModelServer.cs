using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Regimen.Prediction;

namespace Regimen.Serving;

/// <summary>A server of trained models over HTTP.</summary>
public sealed class ModelServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ServedModels _models;

    private ModelServer(WebApplication app, ServedModels models)
    {
        _app = app;
        _models = models;
        Address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
    }

    /// <summary>The address that it listens on, such as <c>http://127.0.0.1:8080</c>.</summary>
    public string Address { get; }

    /// <summary>Starts a server.</summary>
    /// <param name="models">The models by the names in their addresses. The server disposes them.</param>
    /// <param name="options">The address and the limits.</param>
    /// <param name="cancellationToken">Ends the start.</param>
    /// <exception cref="RequestException">An option is invalid, or the address can't be used.</exception>
    public static async Task<ModelServer> StartAsync(
        IReadOnlyList<(string Name, Predictor Predictor)> models, ServingOptions options, CancellationToken cancellationToken = default)
    {
        OptionsCheck.ThrowUnlessValid(options);
        var served = new ServedModels(models, options);
        try
        {
            IPAddress address = AddressOf(options.Host);
            WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
            builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => Configure(kestrel, options, address));
            builder.Services.AddRoutingCore();
            builder.Services.AddSingleton<IHostLifetime, NoSignals>();
            builder.Services.Configure<HostOptions>(o => o.ShutdownTimeout = TimeSpan.FromSeconds(2 * options.Seconds));
            WebApplication app = builder.Build();
            Endpoints.Map(app, served, new RequestBody(options));
            try
            {
                await app.StartAsync(cancellationToken);
                return new ModelServer(app, served);
            }
            catch (IOException exception)
            {
                await app.DisposeAsync();
                throw new RequestException(
                    new Problem($"Unable to listen: {exception.Message.Split('\n')[0]}") { Where = $"{options.Host}:{options.Port}", Hint = "Choose another port with --port; 0 chooses a free one." }, exception);
            }
        }
        catch
        {
            served.Dispose();
            throw;
        }
    }

    /// <summary>Stops: accepts no more connections, and answers the requests that were received.</summary>
    public async Task StopAsync()
    {
        _models.Stop();
        await _app.StopAsync();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        await _app.DisposeAsync();
        _models.Dispose();
    }

    private static void Configure(KestrelServerOptions kestrel, ServingOptions options, IPAddress address)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxRequestBodySize = (long)options.MaxBodyMb << 20;
        kestrel.Limits.MaxConcurrentConnections = options.Connections;
        kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(options.Seconds);

        // The whole body has a time limit instead (RequestBody).
        kestrel.Limits.MinRequestBodyDataRate = null;
        kestrel.Listen(address, options.Port, listen => listen.Protocols = HttpProtocols.Http1);
    }

    private static IPAddress AddressOf(string host) => host == "localhost" ? IPAddress.Loopback
        : IPAddress.TryParse(host, out IPAddress? address) ? address
        : throw new RequestException(new Problem("The host is not an address") { Where = "--host", Expected = "an IP address such as 127.0.0.1, 0.0.0.0 or ::1, or localhost", Received = host });

    /// <summary>Leaves signals to the program.</summary>
    private sealed class NoSignals : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
