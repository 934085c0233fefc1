namespace Workshop.Checks;

/// <summary>All exercises.</summary>
public static class Catalog
{
    /// <summary>The exercises in the order of the steps.</summary>
    public static IReadOnlyList<Exercise> All { get; } =
    [
        .. Step00.All,
        .. Step01.All,
        .. Step02.All,
        .. Step03.All,
        .. Step04.All,
        .. Step05.All,
        .. Step06.All,
        .. Step07.All,
        .. Step08.All,
        .. Step09.All,
        .. Step10.All,
        .. Step11.All,
    ];
}
