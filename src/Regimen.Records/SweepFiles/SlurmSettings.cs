using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;

namespace Regimen.SweepFiles;

/// <summary>What is asked of Slurm for each job. No result depends on it, except for <see cref="Ranks"/>.</summary>
public sealed record SlurmSettings
{
    /// <summary>The partition; null for the cluster's default.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Partition { get; init; }

    /// <summary>The time limit as Slurm writes it (<c>90</c> minutes, <c>12:00:00</c>, <c>2-00</c>); null for the partition's.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Time { get; init; }

    /// <summary>The GPUs of a node, as a number or <c>type:number</c>; null for none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Gpus { get; init; }

    /// <summary>The number of ranks that train together, started by <c>srun</c>; 1 for an ordinary process.</summary>
    [Range(1, 65_536)]
    public int Ranks { get; init; } = 1;

    /// <summary>The interface between srun and MPI for several ranks, as <c>srun --mpi=list</c> names it.</summary>
    public string Mpi { get; init; } = "pmix";

    /// <summary>Further arguments of sbatch, as <c>--account=vision</c>. They come last, so they win.</summary>
    public IReadOnlyList<string> Arguments { get; init; } = [];

    /// <summary>How often a trial is submitted again after Slurm ended its job: cancelled, over its time, preempted, its node failed.</summary>
    [Range(0, 1_000_000)]
    public int Resubmit { get; init; } = 3;
}

/// <summary>A job of a scheduler.</summary>
/// <param name="Name">Its name, given before it was submitted and used only once: it is found by it where the number is not known.</param>
/// <param name="Id">Its number; null until it is known.</param>
public sealed record SchedulerJob(string Name, string? Id);
