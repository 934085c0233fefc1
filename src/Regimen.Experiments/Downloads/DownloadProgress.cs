namespace Regimen.Downloads;

/// <summary>The progress of the download of a file.</summary>
/// <param name="File">The name of the file.</param>
/// <param name="Host">The host name of the server.</param>
/// <param name="Bytes">The number of bytes received so far.</param>
/// <param name="Total">The total number of bytes; null if the server does not report it.</param>
/// <param name="IsComplete">Whether the file is complete, verified and moved to its final path.</param>
public readonly record struct DownloadProgress(string File, string Host, long Bytes, long? Total, bool IsComplete);
