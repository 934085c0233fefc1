using Regimen.Prediction;
using Regimen.Web;

namespace Regimen.Serving;

/// <summary>A server of trained models over HTTP.</summary>
public sealed class ModelServer : IAsyncDisposable
{
    private readonly WebServer _server;
    private readonly ServedModels _models;

    private ModelServer(WebServer server, ServedModels models) => (_server, _models) = (server, models);

    /// <summary>The address that it listens on, such as <c>http://127.0.0.1:8080</c>.</summary>
    public string Address => _server.Address;

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
            var limits = new WebServerLimits
            {
                Address = WebServer.AddressOf(options.Host),
                Port = options.Port,
                MaxBodyMb = options.MaxBodyMb,
                Connections = options.Connections,
                HeaderSeconds = options.Seconds,
                StopSeconds = 2 * options.Seconds,
            };
            var body = new RequestBody(new BodyLimits(options.MaxBodyMb, options.MaxMemoryMb, options.Seconds));
            return new ModelServer(await WebServer.StartAsync(limits, app => Endpoints.Map(app, served, body), cancellationToken), served);
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
        await _server.StopAsync();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        await _server.DisposeAsync();
        _models.Dispose();
    }
}
