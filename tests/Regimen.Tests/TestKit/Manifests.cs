using Regimen.Runs;

namespace Regimen.Tests.TestKit;

/// <summary>Creates a run's manifest with a value in every required field.</summary>
internal static class Manifests
{
    public static RunManifest Running(DateTimeOffset? started = null) => new()
    {
        Status = RunStatus.Running,
        Started = started ?? StoppedClock.AtNoon.GetUtcNow(),
        Seed = ulong.MaxValue,
        Threads = 1,
        ThreadsSharedBy = "layers",
        Allocator = "glibc: top_pad 64 MiB",
        Device = "cpu",
        Model = "tiny",
        Data = "clusters",
        DataFingerprint = "abc",
        Parameters = 67,
        Versions = new RunVersions("0.1.0", "0.107.0", "2.10.0", "10.0.1", "Linux", "a processor", "AVX-512"),
        Git = new GitState("0123456789abcdef0123456789abcdef01234567", Dirty: true),
    };
}
