namespace Regimen.Tests.TestKit;

/// <summary>The tests that start processes and read what these wrote, and compute nothing themselves. They run beside all other tests, in two lanes: those
/// that build projects, which would write the same files at once, and all others. In each lane one test runs at a time.</summary>
/// <remarks>A class joins with <c>[Collection(OtherProcesses.Name)]</c> or <c>[Collection(DotnetCommand.Builds)]</c>. It must create no tensors, train or
/// predict in the tests' own process, and leave its environment, signal handlers and working directory alone; OtherProcessesTests and
/// <see cref="ProjectFolder"/> check this.</remarks>
internal static class OtherProcesses
{
    /// <summary>The name of the collection of tests that start processes and build nothing.</summary>
    public const string Name = "other processes";

    /// <summary>The number of tests that run at once: one that builds, one that starts other processes, and one of all others.</summary>
    public const int Lanes = 3;

    /// <summary>The names of both collections.</summary>
    public static IReadOnlyList<string> All { get; } = [Name, DotnetCommand.Builds];

    /// <summary>Fails a test of these collections that computes in this process.</summary>
    public static void RefuseWorkHere() => Assert.False(
        All.Contains(TestContext.Current.TestCollection?.TestCollectionDisplayName), "a test that runs beside others runs a command in the tests' process");
}
