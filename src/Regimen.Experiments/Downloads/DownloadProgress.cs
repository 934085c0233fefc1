namespace Regimen.Downloads;

/// <summary>How far the download of a file is.</summary>
/// <param name="File">Its name.</param>
/// <param name="Host">The server it comes from.</param>
/// <param name="Bytes">How many bytes there are already.</param>
/// <param name="Total">How many there will be; null where the server does not say.</param>
/// <param name="IsComplete">Whether the file is whole, checked, and in its place.</param>
public readonly record struct DownloadProgress(string File, string Host, long Bytes, long? Total, bool IsComplete);
