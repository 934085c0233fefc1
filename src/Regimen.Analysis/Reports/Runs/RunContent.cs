using Regimen.Curves;
using Regimen.Listing;
using Regimen.Runs;

namespace Regimen.Reports;

/// <summary>The files of a run's folder that a report shows.</summary>
/// <param name="Folder">The folder.</param>
/// <param name="Manifest">The manifest.</param>
/// <param name="Config">Every key of the config with its value (text without quotes, else JSON), in their order.</param>
/// <param name="Curves">The curves.</param>
/// <param name="Findings">What the test found; null if that is not known.</param>
/// <param name="Problems">The problems of the files of the run that are damaged or can't be read.</param>
internal sealed record RunContent(
    string Folder, RunManifest Manifest, IReadOnlyList<ReportFact> Config, CurveReader Curves, RunFindings? Findings, IReadOnlyList<Problem> Problems)
{
    /// <summary>The name of the run: that of its folder; for a trial of a sweep with the sweep's.</summary>
    public string Name { get; } = NameOf(Folder);

    /// <summary>The final values, of the test set or, without one, of the validation set; the loss first.</summary>
    public (string Split, IReadOnlyDictionary<string, double?> Values)? Result
        => Manifest.Test is { Count: > 0 } test ? (Pass.Test, test) : Manifest.Val is { Count: > 0 } val ? (Pass.Validation, val) : null;

    /// <summary>Reads a run's folder. A damaged part is left out and named.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="known">What is known already; null for nothing.</param>
    /// <exception cref="RequestException">The manifest can't be read.</exception>
    public static RunContent Read(string folder, ReportOptions? known = null)
    {
        folder = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        RunManifest manifest = known?.Manifest ?? RunManifest.Read(Path.Combine(folder, "run.json"));
        var problems = new List<Problem>();
        T? Try<T>(Func<T> read)
        {
            try
            {
                return read();
            }
            catch (RequestException exception)
            {
                problems.AddRange(exception.Problems);
                return default;
            }
        }

        ConfigKeys config = Try(() => ConfigFlattener.Read(Path.Combine(folder, "config.yaml"))) ?? ConfigKeys.None;
        RunFindings? findings = known?.Findings ?? Try(() => RunFindings.Read(folder));
        var curves = new CurveReader(folder);
        return new(folder, manifest, [.. config.Keys.Select(k => new ReportFact(k, ConfigKeys.Plain(config[k]!)))], curves, findings, [.. problems, .. curves.Problems]);
    }

    private static string NameOf(string folder)
    {
        string name = Path.GetFileName(folder);
        string? above = Path.GetDirectoryName(folder);
        return above is not null && Path.GetFileName(above) == "trials" ? $"{Path.GetFileName(Path.GetDirectoryName(above))}/{name}" : name;
    }
}
