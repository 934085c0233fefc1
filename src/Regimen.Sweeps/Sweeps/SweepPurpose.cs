using Regimen.SweepFiles;

namespace Regimen.Sweeps;

/// <summary>What a sweep is for: a search over keys, or the folds of a cross-validation.</summary>
/// <param name="Name">Its name in messages.</param>
/// <param name="Prefix">The begin of its name after the time.</param>
/// <param name="RecordName">The name of the file with the plan and the state of each trial.</param>
internal sealed record SweepPurpose(string Name, string Prefix, string RecordName)
{
    /// <summary>A search over the keys of a config.</summary>
    public static SweepPurpose Search { get; } = new("sweep", "sweep", SweepRecord.FileName);

    /// <summary>A cross-validation.</summary>
    public static SweepPurpose CrossValidation { get; } = new("cross-validation", "cv", CrossValidationPlan.FileName);

    /// <summary>Returns the purpose of a plan.</summary>
    public static SweepPurpose Of(SweepPlan plan) => plan.CrossValidation is null ? Search : CrossValidation;
}
