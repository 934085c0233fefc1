namespace Regimen.Tests.TestKit;

/// <summary>The checkout that the tests were built from.</summary>
internal static class Repository
{
    /// <summary>The folder of the solution.</summary>
    public static string Root { get; } = Find();

    private static string Find()
    {
        for (DirectoryInfo? at = new(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            if (File.Exists(Path.Combine(at.FullName, "Regimen.slnx")))
            {
                return at.FullName;
            }
        }

        throw new DirectoryNotFoundException("No parent folder of the tests contains Regimen.slnx.");
    }
}
