namespace Regimen.Ranks;

/// <summary>Carries bytes by MPI: through shared memory between ranks of one host, by the cluster's network between hosts.</summary>
internal sealed class MpiTransport : IRankTransport
{
    private readonly MpiLibrary _library;

    private MpiTransport(MpiLibrary library) => (_library, (Rank, Size)) = (library, library.Place());

    /// <inheritdoc/>
    public int Rank { get; }

    /// <inheritdoc/>
    public int Size { get; }

    /// <summary>Joins the job.</summary>
    /// <exception cref="RequestException">There is no MPI library, or it is not that of the launcher.</exception>
    public static MpiTransport Join(LaunchedRank launched)
    {
        MpiLibrary library = MpiLibrary.Load(launched);
        library.Begin();
        var transport = new MpiTransport(library);
        return transport.Size == launched.Size ? transport : throw new RequestException(new Problem("The MPI library is not the launcher's: it does not find the other ranks")
        {
            Where = library.Name,
            Expected = $"{launched.Size} ranks, as {launched.Launcher} says",
            Received = $"{transport.Size}",
            Hint = launched.Launcher.StartsWith("SLURM", StringComparison.Ordinal)
                ? "Start it with srun --mpi=pmix (Open MPI) or --mpi=pmi2 (MPICH); srun --mpi=list shows what the cluster has. mpirun in a batch script works too."
                : $"Set {MpiLibrary.PathVariable} to the path of the libmpi that mpirun belongs to.",
        });
    }

    public nint Send(nint data, int length, int to, int tag) => _library.Send(data, length, to, tag);

    public nint Receive(nint data, int length, int from, int tag) => _library.Receive(data, length, from, tag);

    public bool IsDone(ref nint request) => _library.IsDone(ref request);

    public void Finish() => _library.Finish();

    /// <summary>Does nothing: a job that ends without <see cref="Finish"/> is ended by its launcher.</summary>
    public void Dispose()
    {
    }
}
