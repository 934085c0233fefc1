namespace Regimen.Downloads;

/// <summary>A published file of a data set.</summary>
/// <param name="Name">The name on the server and in the data set's folder.</param>
/// <param name="Md5">The published MD5 checksum: 32 lower-case hex digits. It detects damaged files, not forged ones.</param>
public sealed record PublicFile(string Name, string Md5);
