using System.Runtime.InteropServices;

namespace Regimen.Files;

/// <summary>What a path leads to.</summary>
internal enum FileKind
{
    /// <summary>A file with a content and a length.</summary>
    File,

    /// <summary>A folder.</summary>
    Folder,

    /// <summary>A named pipe: to open it waits for a writer.</summary>
    Pipe,

    /// <summary>A device, such as /dev/zero, whose content may have no end.</summary>
    Device,

    /// <summary>A socket.</summary>
    Socket,
}

/// <summary>The file or folder that a path leads to, links followed: paths with the same identity lead to the same one. On Linux these are
/// device and inode, so that hard links count as one file; elsewhere the final path.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Device">The file system.</param>
/// <param name="Number">Its number there.</param>
/// <param name="FinalPath">The path without links, where there are no numbers.</param>
internal readonly partial record struct FileIdentity(FileKind Kind, ulong Device, ulong Number, string? FinalPath)
{
    private const int CurrentFolder = -100; // AT_FDCWD
    private const uint TypeAndInode = 0x101; // STATX_TYPE | STATX_INO

    /// <summary>What a path leads to; null where that is nothing, as for a link to a file that is gone or to itself.</summary>
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

    /// <summary>The path with each folder on it resolved.</summary>
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
