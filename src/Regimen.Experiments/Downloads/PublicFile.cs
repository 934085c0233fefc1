namespace Regimen.Downloads;

/// <summary>A file that a data set's publishers offer, as they offer it.</summary>
/// <param name="Name">The name it has on the server and in the data set's folder.</param>
/// <param name="Md5">Its checksum as the publishers give it: 32 hex digits, lower case. It tells a damaged file, not a forged one.</param>
public sealed record PublicFile(string Name, string Md5);
