using System.ComponentModel.DataAnnotations;

namespace Regimen.Serving;

/// <summary>The address and the limits of a server.</summary>
public sealed record ServingOptions
{
    /// <summary>The address to listen on: an IP address, or <c>localhost</c>. The default accepts connections of this machine only.</summary>
    public string Host { get; init; } = "127.0.0.1";

    /// <summary>The port; 0 chooses a free one.</summary>
    [Range(0, 65_535)]
    public int Port { get; init; } = 8080;

    /// <summary>The number of samples that are computed together at most. With 1, requests are computed one by one.</summary>
    [Range(1, 65_536)]
    public int Batch { get; init; } = 64;

    /// <summary>The number of samples that may wait for each model; further requests are refused with 429.</summary>
    [Range(1, 1_048_576)]
    public int Queue { get; init; } = 1024;

    /// <summary>The greatest size of a request's body in MB; a larger one is refused with 413.</summary>
    [Range(1, 1024)]
    public int MaxBodyMb { get; init; } = 64;

    /// <summary>The size of all bodies that are received at the same time in MB; further requests are refused with 429.</summary>
    [Range(1, 65_536)]
    public int MaxMemoryMb { get; init; } = 512;

    /// <summary>The time in which a request must be received, and again the time in which it must be answered, in seconds: 408 and 503.</summary>
    [Range(0.001, 86_400.0)]
    public double Seconds { get; init; } = 30;

    /// <summary>The number of connections at the same time; further ones are closed.</summary>
    [Range(1, 1_048_576)]
    public int Connections { get; init; } = 1000;
}
