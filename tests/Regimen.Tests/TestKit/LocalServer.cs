using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Regimen.Tests.TestKit;

/// <summary>A web server on this machine that answers as a test says, also wrongly: it writes the bytes of the answer itself.</summary>
internal sealed class LocalServer : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Func<Request, NetworkStream, Task> _answer;

    private LocalServer(Func<Request, NetworkStream, Task> answer)
    {
        _answer = answer;
        _listener.Start();
        _ = Task.Run(ServeAsync);
    }

    /// <summary>The address of its root folder.</summary>
    public string Address => $"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}/";

    /// <summary>What was asked for, in order.</summary>
    public ConcurrentQueue<Request> Requests { get; } = [];

    /// <summary>With an answer for each request, counted from 0; the connection is closed behind it.</summary>
    public static LocalServer Start(Func<Request, NetworkStream, Task> answer) => new(answer);

    /// <summary>With files by name; anything else is not found.</summary>
    public static LocalServer WithFiles(IReadOnlyDictionary<string, byte[]> files) => new((request, stream) =>
        files.TryGetValue(request.Path, out byte[]? content) ? WriteAsync(stream, 200, content) : WriteAsync(stream, 404, []));

    /// <summary>Writes an answer.</summary>
    /// <param name="stream">To whom.</param>
    /// <param name="status">The status.</param>
    /// <param name="content">The bytes.</param>
    /// <param name="length">The length that the header tells; null for the true one, −1 for none.</param>
    /// <param name="header">A header more.</param>
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

            _ = Task.Run(() => AnswerAsync(client));
        }
    }

    private async Task AnswerAsync(TcpClient client)
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
                await _answer(request, stream);
            }
            catch (Exception e) when (e is IOException or ObjectDisposedException)
            {
                // Who asked has gone.
            }
        }
    }

    /// <param name="Number">From 0.</param>
    /// <param name="Path">Without the leading slash.</param>
    /// <param name="Range">The bytes asked for, as <c>bytes=100-</c>; null for all.</param>
    internal sealed record Request(int Number, string Path, string? Range);
}
