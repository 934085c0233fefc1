using Regimen.Curves;

namespace Regimen.Listing;

/// <summary>Runs whose configs differ in the seed alone.</summary>
/// <param name="Rows">The runs, in the order of the list.</param>
public sealed record SeedGroup(IReadOnlyList<RunRow> Rows)
{
    /// <summary>The keys in which the configs of a group may differ.</summary>
    private static readonly Func<string, bool> Ignored = key => key == "seed" || NeutralKeys.Has(key);

    /// <summary>The run that stands for the group: its first.</summary>
    public RunRow First => Rows[0];

    /// <summary>The seeds.</summary>
    public IReadOnlyList<ulong> Seeds => [.. Rows.Select(r => r.Seed).OfType<ulong>()];

    /// <summary>Groups rows. A damaged run, and one without a config, is a group of its own. The groups are in the order of their first rows.</summary>
    public static IReadOnlyList<SeedGroup> Of(IEnumerable<RunRow> rows)
        => [.. rows.GroupBy(Key).Select(g => new SeedGroup([.. g]))];

    /// <summary>Returns mean and deviation of a value over the runs that have it; null if none has.</summary>
    public MeanPoint? Value(string key)
    {
        double[] values = [.. Rows.Select(r => key == "best" ? r.Best : r.Value(key)).OfType<double>()];
        return values.Length == 0 ? null : CurveMean.Point(0, values);
    }

    private static string Key(RunRow row) => row.Recorded is null || row.Config.Keys.Count == 0
        ? row.Folder
        : $"{row.Model}\n{row.Data}\n{row.Config.Rest(Ignored)}";
}
