using System.Net;
using Regimen.Prediction;
using Regimen.Web;

namespace Regimen.Dashboard;

/// <summary>A web page over a folder of runs.</summary>
public sealed class DashboardServer : IAsyncDisposable
{
    private const int ShortestToken = 8;
    private readonly WebServer _server;
    private readonly AccessToken? _token;
    private readonly OpenModels _models;

    private DashboardServer(WebServer server, AccessToken? token, OpenModels models) => (_server, _token, _models) = (server, token, models);

    /// <summary>The address that it listens on, such as <c>http://127.0.0.1:6007</c>.</summary>
    public string Address => _server.Address;

    /// <summary>The address to open in a browser, with the token if there is one.</summary>
    public string Link
    {
        get
        {
            // 0.0.0.0 and :: are all addresses of the machine, and none that a browser can open.
            var address = new UriBuilder(Address) { Path = "/" };
            address.Host = address.Host is "0.0.0.0" or "[::]" ? Environment.MachineName : address.Host;
            address.Query = _token is null ? string.Empty : $"token={Uri.EscapeDataString(_token.Value)}";
            return address.Uri.AbsoluteUri;
        }
    }

    /// <summary>Starts a server.</summary>
    /// <param name="options">The folder, the address and the limits.</param>
    /// <param name="cancellationToken">Ends the start.</param>
    /// <exception cref="RequestException">An option is invalid, or the address can't be used.</exception>
    public static Task<DashboardServer> StartAsync(DashboardOptions options, CancellationToken cancellationToken = default)
        => StartAsync(options, folder => Predictor.Open(folder), cancellationToken);

    /// <summary>Starts a server.</summary>
    /// <param name="options">The folder, the address and the limits.</param>
    /// <param name="open">Opens the model of a run's folder, for the drawing page.</param>
    /// <param name="cancellationToken">Ends the start.</param>
    internal static async Task<DashboardServer> StartAsync(DashboardOptions options, Func<string, Predictor> open, CancellationToken cancellationToken)
    {
        OptionsCheck.ThrowUnlessValid(options);
        if (options.Token is { Length: < ShortestToken })
        {
            throw new RequestException(new Problem("The token is too short to be a secret") { Where = "--token", Expected = $"at least {ShortestToken} characters", Received = $"{options.Token.Length}" });
        }

        IPAddress address = WebServer.AddressOf(options.Host);
        AccessToken? token = options.Token is { } given ? new AccessToken(given) : IPAddress.IsLoopback(address) ? null : AccessToken.Random();
        var limits = new WebServerLimits
        {
            Address = address,
            Port = options.Port,
            MaxBodyMb = options.MaxBodyMb,
            Connections = options.Connections,
            HeaderSeconds = options.Seconds,
            StopSeconds = 2,
            MaxAddressBytes = 1 << 16,
        };
        var gate = new RequestGate(address, token);
        var models = new OpenModels(open, options.KeptModels);
        WebServer server = await WebServer.StartAsync(
            limits,
            app =>
            {
                app.Use(next => context => gate.PassAsync(context, next));
                DashboardEndpoints.Map(app, options, models);
            },
            cancellationToken);
        return new DashboardServer(server, token, models);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _models.Dispose();
    }
}
