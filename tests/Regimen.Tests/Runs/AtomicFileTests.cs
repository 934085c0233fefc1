using Regimen.Files;
using Regimen.Tests.TestKit;

namespace Regimen.Tests.Runs;

public sealed class AtomicFileTests
{
    [Fact]
    public void A_file_is_created_and_replaced_despite_a_leftover_temporary_file()
    {
        using var folder = new TemporaryFolder();
        folder.Write("a.new", new byte[100]);
        AtomicFile.WriteAllBytes(folder["a"], [1, 2]);
        Assert.Equal([1, 2], File.ReadAllBytes(folder["a"]));
        AtomicFile.WriteAllBytes(folder["a"], [3]);
        Assert.Equal([3], File.ReadAllBytes(folder["a"]));
        Assert.Equal([folder["a"]], Directory.GetFileSystemEntries(folder.FullPath));
    }

    [Fact]
    public void A_reader_sees_either_the_old_or_the_new_content()
    {
        using var folder = new TemporaryFolder();
        AtomicFile.WriteAllBytes(folder["a"], new byte[50_000]);
        using var stream = new FileStream(folder["a"], FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        var half = new byte[25_000];
        stream.ReadExactly(half);
        AtomicFile.WriteAllBytes(folder["a"], [.. Enumerable.Repeat((byte)1, 50_000)]);
        stream.ReadExactly(half);
        Assert.DoesNotContain((byte)1, half);
        Assert.DoesNotContain((byte)0, File.ReadAllBytes(folder["a"]));
    }

    [Fact]
    public void A_failed_write_keeps_the_old_file_and_leaves_no_temporary_file()
    {
        using var folder = new TemporaryFolder();
        folder.Write("a", [7]);
        Directory.CreateDirectory(folder["a.new"]);
        Assert.Equal(folder["a"], Assert.Throws<WorkFailedException>(() => AtomicFile.WriteAllBytes(folder["a"], [1])).Problem.Where);
        Assert.Equal([7], File.ReadAllBytes(folder["a"]));
    }

    [Fact]
    public void A_failed_rename_leaves_no_temporary_file()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder["a"]);
        Assert.Throws<WorkFailedException>(() => AtomicFile.WriteAllBytes(folder["a"], [1]));
        Assert.Equal([folder["a"]], Directory.GetFileSystemEntries(folder.FullPath));
    }

    [Fact]
    public void A_missing_folder_fails_the_write()
    {
        using var folder = new TemporaryFolder();
        string path = Path.Combine(folder["none"], "a");
        Assert.Equal(path, Assert.Throws<WorkFailedException>(() => AtomicFile.WriteAllBytes(path, [1])).Problem.Where);
    }

    [Fact]
    public void A_full_disk_keeps_the_old_file_and_leaves_no_temporary_file()
    {
        using var disk = TinyDisk.Mount();
        AtomicFile.WriteAllBytes(disk["a"], [7]);
        disk.Fill();
        Problem problem = Assert.Throws<WorkFailedException>(() => AtomicFile.WriteAllBytes(disk["a"], new byte[100_000])).Problem;
        Assert.Contains("Free space", problem.Hint, StringComparison.Ordinal);
        Assert.Equal([7], File.ReadAllBytes(disk["a"]));
        Assert.False(File.Exists(disk["a.new"]));
    }
}
