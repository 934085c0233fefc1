namespace Regimen.Search;

/// <summary>The searches by name.</summary>
internal static class Searches
{
    /// <summary>The names.</summary>
    public static IReadOnlyList<string> Names { get; } = ["grid", "random", "sobol", "tpe"];

    /// <summary>Returns a search.</summary>
    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <exception cref="RequestException">The name is unknown.</exception>
    public static ISearch Of(string name) => name switch
    {
        "grid" => new GridSearch(),
        "random" => new RandomSearch(),
        "sobol" => new SobolSearch(),
        "tpe" => new TpeSearch(),
        _ => throw new RequestException(new Problem("Unknown search")
        {
            Where = "--search",
            Expected = $"one of {string.Join(", ", Names)}",
            Received = name,
            Hint = Spelling.Nearest(name, Names) is { } close ? $"Did you mean `{close}`?" : null,
        }),
    };
}
