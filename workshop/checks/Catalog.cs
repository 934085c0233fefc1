namespace Workshop.Checks;

/// <summary>All exercises.</summary>
public static class Catalog
{
    /// <summary>The exercises in the order of the steps.</summary>
    public static IReadOnlyList<Exercise> All { get; } = [.. Step01.All];
}
