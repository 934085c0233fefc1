using System.Globalization;

namespace Regimen.Ranks;

/// <summary>The place of this process in a job that <c>mpirun</c> or <c>srun</c> started, from the environment that the launcher sets.</summary>
/// <param name="Rank">The number of the process, from 0.</param>
/// <param name="Size">The number of processes in the job.</param>
/// <param name="Launcher">The environment variable that says so.</param>
internal sealed record LaunchedRank(int Rank, int Size, string Launcher)
{
    // Each launcher's variables for rank and size. Slurm sets SLURM_NTASKS in a batch script too, but the variables of a step in its tasks only.
    private static readonly (string Rank, string Size)[] Variables =
    [
        ("OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE"),
        ("PMI_RANK", "PMI_SIZE"),
        ("SLURM_PROCID", "SLURM_STEP_NUM_TASKS"),
    ];

    /// <summary>Returns the place of this process; null if it is not one of several.</summary>
    /// <param name="variable">Returns an environment variable; null if it is not set.</param>
    /// <exception cref="RequestException">The launcher's variables contradict each other.</exception>
    public static LaunchedRank? Find(Func<string, string?> variable)
    {
        foreach ((string rankName, string sizeName) in Variables)
        {
            if (variable(sizeName) is not { } sizeText)
            {
                continue;
            }

            if (!int.TryParse(sizeText, NumberStyles.None, CultureInfo.InvariantCulture, out int size) || size < 1
                || !int.TryParse(variable(rankName), NumberStyles.None, CultureInfo.InvariantCulture, out int rank) || rank >= size)
            {
                throw new RequestException(new Problem("The launcher's environment does not say which rank this process is")
                {
                    Where = $"{rankName}, {sizeName}",
                    Expected = "a rank from 0 to the number of ranks − 1",
                    Received = $"{variable(rankName) ?? "nothing"} of {sizeText}",
                    Hint = "Start the command with mpirun or srun; outside of them, these variables should not be set.",
                });
            }

            // A step of one task is an ordinary process.
            return size == 1 ? null : new LaunchedRank(rank, size, sizeName);
        }

        return null;
    }

    /// <inheritdoc cref="Find(Func{string, string?})"/>
    public static LaunchedRank? Find() => Find(Environment.GetEnvironmentVariable);
}
