namespace Regimen.Bench.Measuring;

/// <summary>The paths of the repository and of Python.</summary>
internal static class Place
{
    /// <summary>The root of the repository, which has the configs and the data.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>The system's Python, which has Debian's packages, if it exists; else the one on the path.</summary>
    public static string Python { get; } = File.Exists("/usr/bin/python3") ? "/usr/bin/python3" : "python3";

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Regimen.slnx")))
            {
                return folder.FullName;
            }
        }

        throw new InvalidOperationException("The benchmark runs from inside the checkout: no Regimen.slnx above it.");
    }
}
