using System.Diagnostics;

namespace Regimen.Tests.TestKit;

/// <summary>A disk of 1 MB, to be filled. Only root on Linux may create one; otherwise the test is skipped.</summary>
internal sealed class TinyDisk : IDisposable
{
    private readonly DirectoryInfo _folder;
    private readonly bool _isOurs;

    private TinyDisk(DirectoryInfo folder, bool isOurs) => (_folder, _isOurs) = (folder, isOurs);

    /// <summary>Returns the path of a file or folder on it.</summary>
    public string this[string name] => Path.Combine(_folder.FullName, name);

    public static TinyDisk Mount()
    {
        SkipUnlessPossible();
        return Mount(Directory.CreateTempSubdirectory("regimen-disk-"), isOurs: true);
    }

    /// <summary>Mounts a disk over an existing folder, which is visible again after Dispose.</summary>
    public static TinyDisk MountAt(string folder)
    {
        SkipUnlessPossible();
        return Mount(new DirectoryInfo(folder), isOurs: false);
    }

    private static void SkipUnlessPossible() => Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess, "only root on Linux may create a small disk");

    private static TinyDisk Mount(DirectoryInfo folder, bool isOurs)
    {
        var disk = new TinyDisk(folder, isOurs);
        if (Run("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", folder.FullName) != 0)
        {
            disk.Dispose();
            Assert.Skip("this machine does not permit root to create a small disk");
        }

        return disk;
    }

    /// <summary>Fills the disk, except for the remainder of blocks that are partly used.</summary>
    public void Fill()
    {
        try
        {
            using var file = new FileStream(this["filling"], FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
            while (true)
            {
                file.Write(new byte[4096]);
            }
        }
        catch (IOException)
        {
            // The disk is full, as intended.
        }
    }

    /// <summary>Makes the disk read-only, or writable again.</summary>
    public void Remount(bool readOnly) => Assert.Equal(0, Run("mount", "-o", readOnly ? "remount,ro" : "remount,rw", _folder.FullName));

    /// <summary>Frees the filled space.</summary>
    public void Empty() => File.Delete(this["filling"]);

    public void Dispose()
    {
        Run("umount", "--lazy", _folder.FullName);
        if (_isOurs)
        {
            _folder.Delete();
        }
    }

    private static int Run(string program, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        process.WaitForExit();
        return process.ExitCode;
    }
}
