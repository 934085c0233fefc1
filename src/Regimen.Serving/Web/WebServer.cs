using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Regimen.Web;

/// <summary>The address and the limits of a web server.</summary>
internal sealed record WebServerLimits
{
    /// <summary>The IP address to listen on.</summary>
    public required IPAddress Address { get; init; }

    /// <summary>The port; 0 chooses a free one.</summary>
    public required int Port { get; init; }

    /// <summary>The greatest size of a request's body in MB.</summary>
    public required int MaxBodyMb { get; init; }

    /// <summary>The number of connections at the same time; further ones are closed.</summary>
    public required int Connections { get; init; }

    /// <summary>The time in which the headers of a request must be received, in seconds.</summary>
    public required double HeaderSeconds { get; init; }

    /// <summary>The time in which received requests are answered after a request to stop, in seconds.</summary>
    public required double StopSeconds { get; init; }

    /// <summary>The greatest size of the first line of a request, which has its address, in bytes.</summary>
    public int MaxAddressBytes { get; init; } = 8192;
}

/// <summary>A web server without configuration files, logs and signal handlers of its own.</summary>
internal sealed class WebServer : IAsyncDisposable
{
    private readonly WebApplication _app;

    private WebServer(WebApplication app)
    {
        _app = app;
        Address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
    }

    /// <summary>The address that it listens on, such as <c>http://127.0.0.1:8080</c>.</summary>
    public string Address { get; }

    /// <summary>Reads the text of an address to listen on: an IP address, or <c>localhost</c>.</summary>
    /// <exception cref="RequestException">It is neither.</exception>
    public static IPAddress AddressOf(string host) => host == "localhost" ? IPAddress.Loopback
        : IPAddress.TryParse(host, out IPAddress? address) ? address
        : throw new RequestException(new Problem("The host is not an address") { Where = "--host", Expected = "an IP address such as 127.0.0.1, 0.0.0.0 or ::1, or localhost", Received = host });

    /// <summary>Starts a server.</summary>
    /// <param name="limits">The address and the limits.</param>
    /// <param name="map">Maps the addresses.</param>
    /// <param name="cancellationToken">Ends the start.</param>
    /// <exception cref="RequestException">The address can't be used.</exception>
    public static async Task<WebServer> StartAsync(WebServerLimits limits, Action<WebApplication> map, CancellationToken cancellationToken)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => Configure(kestrel, limits));
        builder.Services.AddRoutingCore();
        builder.Services.AddSingleton<IHostLifetime, NoSignals>();
        builder.Services.Configure<HostOptions>(o => o.ShutdownTimeout = TimeSpan.FromSeconds(limits.StopSeconds));
        WebApplication app = builder.Build();
        map(app);
        try
        {
            await app.StartAsync(cancellationToken);
            return new WebServer(app);
        }
        catch (IOException exception)
        {
            await app.DisposeAsync();
            throw new RequestException(
                new Problem($"Unable to listen: {exception.Message.Split('\n')[0]}") { Where = $"{limits.Address}:{limits.Port}", Hint = "Choose another port with --port; 0 chooses a free one." }, exception);
        }
    }

    /// <summary>Stops: accepts no more connections, and answers the requests that were received.</summary>
    public Task StopAsync() => _app.StopAsync();

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        await _app.DisposeAsync();
    }

    private static void Configure(KestrelServerOptions kestrel, WebServerLimits limits)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxRequestBodySize = (long)limits.MaxBodyMb << 20;
        kestrel.Limits.MaxConcurrentConnections = limits.Connections;
        kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(limits.HeaderSeconds);
        kestrel.Limits.MaxRequestLineSize = limits.MaxAddressBytes;
        kestrel.Limits.MaxRequestBufferSize = Math.Max(1 << 20, limits.MaxAddressBytes);

        // The whole body has a time limit instead (RequestBody).
        kestrel.Limits.MinRequestBodyDataRate = null;
        kestrel.Listen(limits.Address, limits.Port, listen => listen.Protocols = HttpProtocols.Http1);
    }

    /// <summary>Leaves signals to the program.</summary>
    private sealed class NoSignals : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
