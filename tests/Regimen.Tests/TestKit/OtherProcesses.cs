namespace Regimen.Tests.TestKit;

/// <summary>The tests that start processes and read what these wrote, and compute nothing themselves. They run beside all other tests: while they
/// wait, the others use the second core. One of them runs at a time, so builds do not write the same files at once.</summary>
/// <remarks>A class joins with <c>[Collection(OtherProcesses.Name)]</c>. It must create no tensors, train or predict in the tests' own process, and
/// leave its environment, signal handlers and working directory alone; OtherProcessesTests and <see cref="ProjectFolder"/> check this.</remarks>
internal static class OtherProcesses
{
    /// <summary>The name of the collection.</summary>
    public const string Name = "other processes";

    /// <summary>The number of tests that run at once: one of this collection and one of all others.</summary>
    public const int Lanes = 2;

    /// <summary>Fails a test of the collection that computes in this process.</summary>
    public static void RefuseWorkHere() => Assert.False(
        TestContext.Current.TestCollection?.TestCollectionDisplayName == Name, $"a test of the collection '{Name}' runs a command in the tests' process");
}
