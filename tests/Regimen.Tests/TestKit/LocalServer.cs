using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Regimen.Tests.TestKit;

/// <summary>A web server on this machine whose responses a test writes byte by byte, so that they may be invalid.</summary>
internal sealed class LocalServer : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Func<Request, NetworkStream, Task> _respond;

    private LocalServer(Func<Request, NetworkStream, Task> respond)
    {
        _respond = respond;
        _listener.Start();
        _ = Task.Run(ServeAsync);
    }

    /// <summary>The address of its root folder.</summary>
    public string Address => $"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}/";

    /// <summary>The requests, in order.</summary>
    public ConcurrentQueue<Request> Requests { get; } = [];

    /// <summary>Starts a server with a function that responds to each request; the connection is closed after it.</summary>
    public static LocalServer Start(Func<Request, NetworkStream, Task> respond) => new(respond);

    /// <summary>Starts a server with files by name; any other name is not found.</summary>
    public static LocalServer WithFiles(IReadOnlyDictionary<string, byte[]> files) => new((request, stream) =>
        files.TryGetValue(request.Path, out byte[]? content) ? WriteAsync(stream, 200, content) : WriteAsync(stream, 404, []));

    /// <summary>Writes a response.</summary>
    /// <param name="stream">The connection.</param>
    /// <param name="status">The status code.</param>
    /// <param name="content">The bytes.</param>
    /// <param name="length">The length in the header; null for the actual one, −1 for none.</param>
    /// <param name="header">An additional header.</param>
    public static async Task WriteAsync(NetworkStream stream, int status, byte[] content, int? length = null, string? header = null)
    {
        var head = new StringBuilder($"HTTP/1.1 {status} {(HttpStatusCode)status}\r\nConnection: close\r\n");
        head.Append(length == -1 ? "" : $"Content-Length: {length ?? content.Length}\r\n").Append(header is null ? "" : header + "\r\n").Append("\r\n");
        await stream.WriteAsync(Encoding.ASCII.GetBytes(head.ToString()));
        await stream.WriteAsync(content);
    }

    public void Dispose() => _listener.Dispose();

    private async Task ServeAsync()
    {
        while (true)
        {
            TcpClient client;
            try
            {
                client = await _listener.AcceptTcpClientAsync();
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                return;
            }

            _ = Task.Run(() => RespondAsync(client));
        }
    }

    private async Task RespondAsync(TcpClient client)
    {
        using (client)
        {
            NetworkStream stream = client.GetStream();
            var head = new StringBuilder();
            var one = new byte[1];
            while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
            {
                if (await stream.ReadAsync(one) == 0)
                {
                    return;
                }

                head.Append((char)one[0]);
            }

            string[] lines = head.ToString().Split("\r\n");
            string? range = lines.FirstOrDefault(l => l.StartsWith("Range:", StringComparison.OrdinalIgnoreCase))?[6..].Trim();
            var request = new Request(Requests.Count, lines[0].Split(' ')[1].TrimStart('/'), range);
            Requests.Enqueue(request);
            try
            {
                await _respond(request, stream);
            }
            catch (Exception e) when (e is IOException or ObjectDisposedException)
            {
                // The client has closed the connection.
            }
        }
    }

    /// <param name="Number">The number of the request, from 0.</param>
    /// <param name="Path">The path without the leading slash.</param>
    /// <param name="Range">The requested bytes, as <c>bytes=100-</c>; null for all.</param>
    internal sealed record Request(int Number, string Path, string? Range);
}
