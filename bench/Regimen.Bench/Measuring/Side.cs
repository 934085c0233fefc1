using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace Regimen.Bench.Measuring;

/// <summary>A process that does a piece of work for each line of input. It first writes <c>ready NOTE</c> or <c>refused REASON</c>, and then
/// for each line the time in microseconds. It is idle between pieces of work.</summary>
internal sealed class Side : IDisposable
{
    private readonly Process? _process;

    private Side(Process? process, string? refusal, string note) => (_process, Refusal, Note) = (process, refusal, note);

    /// <summary>The reason why it can't do the work on this machine; null if it can.</summary>
    public string? Refusal { get; }

    /// <summary>A note on its settings: <c>(1 thread)</c>.</summary>
    public string Note { get; }

    public static Side Start(Peer peer)
    {
        Process process;
        try
        {
            process = Launch(peer);
        }
        catch (Win32Exception exception)
        {
            return new Side(null, exception.Message, string.Empty);
        }

        string first = ReadAnswer(process) ?? "refused it ended at once; see above";
        string rest = first.Contains(' ', StringComparison.Ordinal) ? first[(first.IndexOf(' ', StringComparison.Ordinal) + 1)..] : string.Empty;
        return first.StartsWith("ready", StringComparison.Ordinal) ? new Side(process, null, rest) : new Side(process, rest, string.Empty);
    }

    /// <summary>Starts a peer with redirected standard streams.</summary>
    public static Process Launch(Peer peer) => Process.Start(new ProcessStartInfo(peer.Program, peer.Arguments)
    {
        WorkingDirectory = Place.Root,
        RedirectStandardInput = true,
        RedirectStandardOutput = true,

        // mpirun gives rank 0 a terminal, which .NET would set up with control characters.
        Environment = { ["TERM"] = "dumb" },
    })!;

    /// <summary>Reads the next result line, skipping other output.</summary>
    public static string? ReadAnswer(Process process)
    {
        while (process.StandardOutput.ReadLine() is { } line)
        {
            if (line.StartsWith('@'))
            {
                return line[1..];
            }
        }

        return null;
    }

    /// <summary>Runs one piece of work and returns its result.</summary>
    public double Measure()
    {
        _process!.StandardInput.WriteLine("go");
        _process.StandardInput.Flush();
        return double.Parse(ReadAnswer(_process) ?? throw new InvalidOperationException("A peer ended before its work was done; see above."), CultureInfo.InvariantCulture);
    }

    public void Dispose()
    {
        if (_process is null)
        {
            return;
        }

        _process.StandardInput.Close();
        if (!_process.WaitForExit(TimeSpan.FromSeconds(20)))
        {
            _process.Kill();
        }

        _process.Dispose();
    }
}
