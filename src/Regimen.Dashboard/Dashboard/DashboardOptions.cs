using System.ComponentModel.DataAnnotations;

namespace Regimen.Dashboard;

/// <summary>The folder of runs that a dashboard shows, its address and its limits.</summary>
public sealed record DashboardOptions
{
    /// <summary>The folder of runs. It need not exist yet.</summary>
    public required string Runs { get; init; }

    /// <summary>The address to listen on: an IP address, or <c>localhost</c>. The default accepts connections of this machine only.</summary>
    public string Host { get; init; } = "127.0.0.1";

    /// <summary>The port; 0 chooses a free one.</summary>
    [Range(0, 65_535)]
    public int Port { get; init; } = 6007;

    /// <summary>The token that a browser must present once. Null for none on a loopback address, and for a random one on any other address.</summary>
    public string? Token { get; init; }

    /// <summary>The number of runs whose curves one page shows at most.</summary>
    [Range(1, 10_000)]
    public int MostCurves { get; init; } = 200;

    /// <summary>The number of values of curves that are kept in memory, 8 bytes each.</summary>
    [Range(0, 1L << 32)]
    public long KeptValues { get; init; } = 1L << 25;

    /// <summary>The number of models of the drawing page that are kept in memory.</summary>
    [Range(1, 100)]
    public int KeptModels { get; init; } = 2;

    /// <summary>The greatest size of a request's body in MB; a larger one is refused with 413.</summary>
    [Range(1, 1024)]
    public int MaxBodyMb { get; init; } = 4;

    /// <summary>The time in which a request must be received, in seconds; a slower one is refused with 408.</summary>
    [Range(0.001, 86_400.0)]
    public double Seconds { get; init; } = 30;

    /// <summary>The number of connections at the same time; further ones are closed.</summary>
    [Range(1, 1_048_576)]
    public int Connections { get; init; } = 200;
}
