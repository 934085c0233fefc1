using System.Net;
using System.Net.Sockets;
using Regimen.Bench.Measuring;

namespace Regimen.Bench.Sections;

/// <summary>What tracking costs the default run, from its preparation to the end of its test: TensorBoard, which is always on, and in addition
/// histograms every 5 epochs and OTLP to a collector on this machine. Measured is the processor time of the process with one compute thread: it
/// depends less on other programs than the time on the clock, and includes the exporter's threads.</summary>
internal static class TrackingSection
{
    private const int Pairs = 15;

    public static void Run(Report report)
    {
        using HttpListener collector = Collect(out string address);
        Peer none = Peer.Worker("no tracking", "tracking", "tracked=none");
        report.Compare("the default run, TensorBoard", "CPU ms", Peer.Worker("Regimen", "tracking", "tracked=default"), none, 1.01, Pairs);
        report.Compare("the default run, all observers", "CPU ms", Peer.Worker("Regimen", "tracking", "tracked=all", $"otlp={address}"), none, 1.01, Pairs);
    }

    /// <summary>Starts a collector that takes everything and keeps nothing.</summary>
    private static HttpListener Collect(out string address)
    {
        using (var free = new TcpListener(IPAddress.Loopback, 0))
        {
            free.Start();
            address = $"http://127.0.0.1:{((IPEndPoint)free.LocalEndpoint).Port}";
        }

        var listener = new HttpListener();
        listener.Prefixes.Add(address + "/");
        listener.Start();
        _ = Task.Run(async () =>
        {
            while (listener.IsListening)
            {
                try
                {
                    HttpListenerContext context = await listener.GetContextAsync();
                    await context.Request.InputStream.CopyToAsync(Stream.Null);
                    context.Response.Close();
                }
                catch (Exception exception) when (exception is HttpListenerException or ObjectDisposedException or InvalidOperationException)
                {
                    return;
                }
            }
        });
        return listener;
    }
}
