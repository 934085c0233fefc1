using Regimen.SweepFiles;

namespace Regimen.Sweeps;

/// <summary>How a sweep is run; its results do not depend on it.</summary>
/// <param name="Jobs">The number of trials that run at the same time.</param>
/// <param name="Revived">The numbers of paused trials that are trained to their end.</param>
/// <param name="RetriesFailed">Whether trials that failed are tried again.</param>
/// <param name="Moved">The new location of moved data, as <c>data.root=PATH</c>.</param>
/// <param name="Slurm">What is asked of Slurm for each trial; null if the trials are processes of this machine.</param>
public sealed record SweepRunOptions(int Jobs, IReadOnlySet<int> Revived, bool RetriesFailed, IReadOnlyList<string> Moved, SlurmSettings? Slurm = null);
