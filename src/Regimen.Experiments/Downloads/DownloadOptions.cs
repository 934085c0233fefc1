namespace Regimen.Downloads;

/// <summary>The limits of a download: attempts, pauses, timeout and size.</summary>
public sealed record DownloadOptions
{
    /// <summary>The maximum number of attempts per file. A transfer continues where the connection was lost.</summary>
    public int Attempts { get; init; } = 4;

    /// <summary>The delay before the second attempt. It doubles with each attempt.</summary>
    public TimeSpan Pause { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The timeout after which a connection without received data is aborted.</summary>
    public TimeSpan Silence { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>The maximum size of a file in bytes.</summary>
    public long LargestFile { get; init; } = 4L << 30;
}
