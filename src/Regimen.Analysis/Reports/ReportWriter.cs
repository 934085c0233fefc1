using System.Text;
using Regimen.Files;

namespace Regimen.Reports;

/// <summary>Writes reports as files. A file is replaced as a whole.</summary>
internal static class ReportWriter
{
    /// <summary>Writes the report of a run.</summary>
    /// <param name="folder">The run's folder.</param>
    /// <param name="options">What the folder does not have; null for nothing.</param>
    /// <param name="path">The file; null for <c>report.html</c> in the folder.</param>
    /// <returns>The file's path.</returns>
    /// <exception cref="RequestException">The run's manifest can't be read.</exception>
    /// <exception cref="WorkFailedException">The file can't be written.</exception>
    public static string WriteRun(string folder, ReportOptions? options = null, string? path = null) => Write(path ?? Path.Combine(folder, RunReport.FileName), RunReport.Html(folder, options));

    /// <summary>Writes the report of a sweep.</summary>
    /// <param name="folder">The sweep's folder.</param>
    /// <param name="path">The file; null for <c>report.html</c> in the folder.</param>
    /// <returns>The file's path.</returns>
    /// <exception cref="RequestException">The sweep's record can't be read.</exception>
    /// <exception cref="WorkFailedException">The file can't be written.</exception>
    public static string WriteSweep(string folder, string? path = null) => Write(path ?? Path.Combine(folder, RunReport.FileName), SweepReport.Html(folder));

    /// <summary>Writes the comparison of several runs.</summary>
    /// <exception cref="RequestException">A run's manifest can't be read.</exception>
    /// <exception cref="WorkFailedException">The file can't be written.</exception>
    public static string WriteComparison(IReadOnlyList<string> folders, string path) => Write(path, ComparisonReport.Html(folders));

    private static string Write(string path, string html)
    {
        AtomicFile.WriteAllBytes(path, Encoding.UTF8.GetBytes(html));
        return path;
    }
}
