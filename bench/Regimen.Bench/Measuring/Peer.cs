namespace Regimen.Bench.Measuring;

/// <summary>A program that does some work.</summary>
/// <param name="Name">The name in a row.</param>
/// <param name="Program">The executable.</param>
/// <param name="Arguments">Its arguments.</param>
internal sealed record Peer(string Name, string Program, IReadOnlyList<string> Arguments)
{
    /// <summary>Creates a peer that runs a worker of this program: <see cref="Workers.Worker"/>.</summary>
    public static Peer Worker(string name, string kind, params IReadOnlyList<string> arguments)
        => new(name, "dotnet", [typeof(Peer).Assembly.Location, "worker", kind, .. arguments]);

    /// <summary>Creates a peer that runs a worker on ranks, which mpirun of Open MPI starts, one on each processor.</summary>
    public static Peer Ranks(string name, int ranks, string kind, params IReadOnlyList<string> arguments)
        => new(name, "mpirun", ["--allow-run-as-root", "-n", $"{ranks}", "dotnet", typeof(Peer).Assembly.Location, "worker", kind, .. arguments]);

    /// <summary>Creates a peer that runs a script of bench/peers.</summary>
    public static Peer Python(string name, string script, params IReadOnlyList<string> arguments)
        => new(name, Place.Python, [Path.Combine(Place.Root, "bench", "peers", script), .. arguments]);
}
