using System.Runtime.InteropServices;

namespace Regimen;

/// <summary>What kind of file stands at a path, without opening it: opening a pipe that nobody writes to would wait without end.</summary>
internal static partial class FileType
{
    private const int CurrentFolder = -100;
    private const uint TypeAndMode = 1;

    /// <summary>What it is in words, where it is neither a regular file nor a folder. Links are followed.</summary>
    /// <returns>Null for a regular file or a folder, for what does not exist, and where the system does not tell.</returns>
    public static string? Of(string path)
    {
        if (!OperatingSystem.IsLinux())
        {
            return null;
        }

        // struct statx has 256 bytes on every architecture; stx_mode is at byte 28.
        Span<byte> status = stackalloc byte[256];
        try
        {
            if (StatX(CurrentFolder, path, 0, TypeAndMode, ref MemoryMarshal.GetReference(status)) != 0)
            {
                return null;
            }
        }
        catch (EntryPointNotFoundException)
        {
            return null;
        }

        return (MemoryMarshal.Read<ushort>(status[28..]) & 0xF000) switch
        {
            0x1000 => "a pipe",
            0x2000 or 0x6000 => "a device",
            0xC000 => "a socket",
            _ => null,
        };
    }

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int StatX(int folder, string path, int flags, uint mask, ref byte status);
}
