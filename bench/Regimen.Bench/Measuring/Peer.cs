namespace Regimen.Bench.Measuring;

/// <summary>Who does some work, as a program to start.</summary>
/// <param name="Name">As a row says it.</param>
/// <param name="Program">The executable.</param>
/// <param name="Arguments">Its arguments.</param>
internal sealed record Peer(string Name, string Program, IReadOnlyList<string> Arguments)
{
    /// <summary>A worker of this program: <see cref="Workers.Worker"/>.</summary>
    public static Peer Worker(string name, string kind, params IReadOnlyList<string> arguments)
        => new(name, "dotnet", [typeof(Peer).Assembly.Location, "worker", kind, .. arguments]);

    /// <summary>A script of bench/peers.</summary>
    public static Peer Python(string name, string script, params IReadOnlyList<string> arguments)
        => new(name, Place.Python, [Path.Combine(Place.Root, "bench", "peers", script), .. arguments]);
}
