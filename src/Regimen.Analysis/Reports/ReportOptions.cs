using Regimen.Runs;

namespace Regimen.Reports;

/// <summary>What a report of a run shows that its folder does not have.</summary>
internal sealed record ReportOptions
{
    /// <summary>The most bytes of a report.</summary>
    public const int MostBytes = 2_000_000;

    /// <summary>The default of each key whose value differs from it (text without quotes, else JSON); null if the defaults are not known. A choice, as <c>model.name</c>,
    /// counts as a key.</summary>
    public IReadOnlyDictionary<string, string>? Defaults { get; init; }

    /// <summary>The findings: those of the folder, if they are known already, or of an evaluation that was made for this report. Null to read
    /// them.</summary>
    public RunFindings? Findings { get; init; }

    /// <summary>The manifest of the folder, if it is known already; null to read it.</summary>
    public RunManifest? Manifest { get; init; }

    /// <summary>Why there are no findings; null if that is not known.</summary>
    public string? WhyNoFindings { get; init; }
}

/// <summary>How much of a run a report shows. A report that would be too large is written with less.</summary>
/// <param name="Samples">The most samples of a table of worst ones.</param>
/// <param name="Classes">The most classes of a table.</param>
/// <param name="Matrix">The most classes of a confusion matrix.</param>
/// <param name="Name">The most characters of a name.</param>
/// <param name="Columns">The width of a curve in pixel columns.</param>
internal sealed record ReportLimits(int Samples, int Classes, int Matrix, int Name, int Columns)
{
    /// <summary>From the fullest to the smallest.</summary>
    public static IReadOnlyList<ReportLimits> All { get; } = [new(24, 500, 100, 120, 600), new(12, 200, 60, 60, 300), new(4, 50, 30, 40, 120), new(0, 20, 20, 24, 60)];
}
