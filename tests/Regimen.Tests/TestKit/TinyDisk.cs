using System.Diagnostics;

namespace Regimen.Tests.TestKit;

/// <summary>A disk of one megabyte, to fill up. Only root on Linux may make one: elsewhere the test is skipped.</summary>
internal sealed class TinyDisk : IDisposable
{
    private readonly DirectoryInfo _folder;
    private readonly bool _isOurs;

    private TinyDisk(DirectoryInfo folder, bool isOurs) => (_folder, _isOurs) = (folder, isOurs);

    /// <summary>The path of something on it.</summary>
    public string this[string name] => Path.Combine(_folder.FullName, name);

    public static TinyDisk Mount()
    {
        SkipUnlessPossible();
        return Mount(Directory.CreateTempSubdirectory("regimen-disk-"), isOurs: true);
    }

    /// <summary>A disk in the place of a folder that is there; the folder comes back at the end.</summary>
    public static TinyDisk MountAt(string folder)
    {
        SkipUnlessPossible();
        return Mount(new DirectoryInfo(folder), isOurs: false);
    }

    private static void SkipUnlessPossible() => Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess, "only root on Linux may make a small disk");

    private static TinyDisk Mount(DirectoryInfo folder, bool isOurs)
    {
        var disk = new TinyDisk(folder, isOurs);
        if (Run("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", folder.FullName) != 0)
        {
            disk.Dispose();
            Assert.Skip("this machine does not let root make a small disk");
        }

        return disk;
    }

    /// <summary>Leaves no byte free, besides those in blocks that have begun.</summary>
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
            // Full: that is what was wanted.
        }
    }

    /// <summary>Forbids writing, or allows it again.</summary>
    public void Remount(bool readOnly) => Assert.Equal(0, Run("mount", "-o", readOnly ? "remount,ro" : "remount,rw", _folder.FullName));

    /// <summary>Makes room again.</summary>
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
