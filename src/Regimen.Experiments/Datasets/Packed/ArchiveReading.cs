namespace Regimen.Datasets;

/// <summary>Reads archives side by side.</summary>
internal static class ArchiveReading
{
    /// <summary>Returns the archives of each part.</summary>
    /// <param name="parts">The files of each part.</param>
    /// <param name="read">Reads a file.</param>
    /// <param name="together">The number of files that are read at the same time.</param>
    /// <param name="cancellationToken">Ends the reading between two files.</param>
    /// <exception cref="RequestException">Files are not usable; the exception lists the problems of all.</exception>
    public static IReadOnlyList<PackedPart> All(
        IReadOnlyList<(string Name, IReadOnlyList<string> Files)> parts, Func<string, PackedArchive> read, int together, CancellationToken cancellationToken)
    {
        string[] files = [.. parts.SelectMany(p => p.Files)];
        var archives = new PackedArchive[files.Length];
        var refusals = new RequestException?[files.Length];
        Parallel.For(0, files.Length, new ParallelOptions { MaxDegreeOfParallelism = together, CancellationToken = cancellationToken }, i =>
        {
            try
            {
                archives[i] = read(files[i]);
            }
            catch (RequestException refusal)
            {
                refusals[i] = refusal;
            }
        });
        ProblemList.ThrowIfAny([.. refusals.OfType<RequestException>().SelectMany(r => r.Problems)]);
        int at = 0;
        return [.. parts.Select(p => new PackedPart(p.Name, archives[at..(at += p.Files.Count)]))];
    }
}
