using System.Runtime.InteropServices;

namespace Regimen.Files;

/// <summary>The kind of file that a path leads to.</summary>
internal enum FileKind
{
    /// <summary>A regular file, with content and a length.</summary>
    File,

    /// <summary>A folder.</summary>
    Folder,

    /// <summary>A named pipe; opening it waits for a writer.</summary>
    Pipe,

    /// <summary>A device, such as /dev/zero; its content may be endless.</summary>
    Device,

    /// <summary>A socket.</summary>
    Socket,
}

/// <summary>The identity of the file or folder that a path leads to, with links followed: two paths with the same identity lead to the same
/// file. On Linux it is the device and the inode, so hard links count as one file; elsewhere it is the final path.</summary>
/// <param name="Kind">The kind of file.</param>
/// <param name="Device">The number of the file system; 0 except on Linux.</param>
/// <param name="Number">The inode; 0 except on Linux.</param>
/// <param name="FinalPath">The path with links resolved; null on Linux.</param>
internal readonly partial record struct FileIdentity(FileKind Kind, ulong Device, ulong Number, string? FinalPath)
{
    private const int CurrentFolder = -100; // AT_FDCWD
    private const uint TypeAndInode = 0x101; // STATX_TYPE | STATX_INO

    /// <summary>Returns the identity of the file at a path; null if there is none, as for a link to a missing file or to itself.</summary>
    public static FileIdentity? Of(string path)
    {
        if (OperatingSystem.IsLinux())
        {
            return Statx(CurrentFolder, path, 0, TypeAndInode, out Status status) == 0
                ? new(KindOf(status.Mode), ((ulong)status.DeviceMajor << 32) | status.DeviceMinor, status.Inode, null)
                : null;
        }

        try
        {
            string final = Final(Path.GetFullPath(path));
            return Directory.Exists(final) ? new(FileKind.Folder, 0, 0, final) : File.Exists(final) ? new(FileKind.File, 0, 0, final) : null;
        }
        catch (IOException)
        {
            return null;
        }
    }

    private static FileKind KindOf(ushort mode) => (mode & 0xF000) switch
    {
        0x1000 => FileKind.Pipe,
        0x2000 or 0x6000 => FileKind.Device,
        0x4000 => FileKind.Folder,
        0xC000 => FileKind.Socket,
        _ => FileKind.File,
    };

    /// <summary>Returns the path with the links of each folder resolved.</summary>
    private static string Final(string path)
    {
        if (Path.GetDirectoryName(path) is not { } above)
        {
            return path;
        }

        string here = Path.Combine(Final(above), Path.GetFileName(path));
        return new DirectoryInfo(here).ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? here;
    }

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Statx(int folder, string path, int flags, uint mask, out Status status);

    /// <summary>struct statx, which is the same on every architecture (Linux, include/uapi/linux/stat.h).</summary>
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    private struct Status
    {
        [FieldOffset(28)]
        public ushort Mode;

        [FieldOffset(32)]
        public ulong Inode;

        [FieldOffset(136)]
        public uint DeviceMajor;

        [FieldOffset(140)]
        public uint DeviceMinor;
    }
}
