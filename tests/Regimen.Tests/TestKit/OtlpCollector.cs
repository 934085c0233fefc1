using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Regimen.Tests.TestKit;

/// <summary>A collector on this machine that receives OTLP over HTTP, read by the protobuf wire format and the numbers of OTLP's fields.</summary>
internal sealed class OtlpCollector : IDisposable
{
    private const int LargestBody = 1 << 20;
    private readonly HttpListener _listener = new();
    private readonly int? _status;

    private OtlpCollector(int? status)
    {
        _status = status;
        Address = $"http://127.0.0.1:{FreePort()}";
        _listener.Prefixes.Add(Address + "/");
        _listener.Start();
        _ = Task.Run(ReceiveAsync);
    }

    public string Address { get; }

    /// <summary>The requests: path and body.</summary>
    public ConcurrentQueue<(string Path, byte[] Body)> Requests { get; } = [];

    /// <summary>Starts a collector that answers with a status.</summary>
    public static OtlpCollector Answering(int status = 200) => new(status);

    /// <summary>Starts a collector that receives requests and never answers.</summary>
    public static OtlpCollector Hanging() => new(status: null);

    /// <summary>A port of this machine on which nothing listens.</summary>
    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>The data points of a metric, over all requests: fields of the last level, with the metric's field (5 gauge, 7 sum, 9 histogram).</summary>
    public IEnumerable<(int Kind, (int Field, ulong Number, byte[] Bytes)[] Point)> Points(string metric) =>
        from request in Requests
        where request.Path == "/v1/metrics"
        from m in Descend(request.Body, 1, 2, 2)
        let fields = Protobuf.Fields(m).ToArray()
        where Text(fields, 1) == metric
        from kind in fields.Where(f => f.Field is 5 or 7 or 9)
        from point in Descend(kind.Bytes, 1)
        select (kind.Field, Protobuf.Fields(point).ToArray());

    /// <summary>The spans: name, id, the parent's id (empty for none), and whether it failed.</summary>
    public IReadOnlyList<(string Name, string Id, string Parent, bool Failed)> Spans =>
    [
        .. from request in Requests
           where request.Path == "/v1/traces"
           from span in Descend(request.Body, 1, 2, 2)
           let fields = Protobuf.Fields(span).ToArray()
           select (Text(fields, 5), Id(fields, 2), Id(fields, 4), fields.Where(f => f.Field == 15).SelectMany(f => Protobuf.Fields(f.Bytes)).Any(f => f is { Field: 3, Number: 2 })),
    ];

    public void Dispose() => _listener.Close();

    private static string Text((int Field, ulong Number, byte[] Bytes)[] fields, int field) => Encoding.UTF8.GetString(fields.Single(f => f.Field == field).Bytes);

    private static string Id((int Field, ulong Number, byte[] Bytes)[] fields, int field) => Convert.ToHexString(fields.FirstOrDefault(f => f.Field == field).Bytes ?? []);

    private static IEnumerable<byte[]> Descend(byte[] message, params int[] path)
        => path.Aggregate((IEnumerable<byte[]>)[message], (messages, field) => messages.SelectMany(m => Protobuf.Fields(m).Where(f => f.Field == field).Select(f => f.Bytes)));

    private async Task ReceiveAsync()
    {
        try
        {
            while (true)
            {
                HttpListenerContext context = await _listener.GetContextAsync();
                var body = new byte[LargestBody];
                int length = await context.Request.InputStream.ReadAtLeastAsync(body, body.Length, throwOnEndOfStream: false);
                Requests.Enqueue((context.Request.Url!.AbsolutePath, body[..length]));
                if (_status is { } status)
                {
                    context.Response.StatusCode = status;
                    context.Response.Close();
                }
            }
        }
        catch (Exception exception) when (exception is HttpListenerException or ObjectDisposedException or InvalidOperationException)
        {
            // Closed.
        }
    }
}
