using System.Runtime.InteropServices;

namespace Regimen.Files;

/// <summary>Creates folders that did not exist before.</summary>
internal static partial class ExclusiveFolder
{
    /// <summary>Creates a folder; false if it exists. Directory.CreateDirectory also succeeds then, so two runs of the same second would share
    /// it.</summary>
    /// <exception cref="IOException">It can't be created.</exception>
    public static bool TryCreate(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            if (CreateDirectoryW(path, IntPtr.Zero))
            {
                return true;
            }

            const int alreadyExists = 183;
            int error = Marshal.GetLastPInvokeError();
            return error == alreadyExists ? false : throw new IOException(Marshal.GetPInvokeErrorMessage(error), error);
        }

        const uint everyoneSubjectToUmask = 0x1FF;
        if (MakeDirectory(path, everyoneSubjectToUmask) == 0)
        {
            return true;
        }

        const int exists = 17;
        int errno = Marshal.GetLastPInvokeError();
        return errno == exists ? false : throw new IOException($"{Marshal.GetPInvokeErrorMessage(errno)} : '{path}'", errno);
    }

    [LibraryImport("libc", EntryPoint = "mkdir", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int MakeDirectory(string path, uint mode);

    [LibraryImport("kernel32", EntryPoint = "CreateDirectoryW", SetLastError = true, StringMarshalling = StringMarshalling.Utf16)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static partial bool CreateDirectoryW(string path, IntPtr security);
}
