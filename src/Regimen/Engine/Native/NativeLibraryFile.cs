using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Regimen.Engine;

/// <summary>Checks the header of a native library: the processor it is for, and whether the file is complete. The system's loader reports a
/// library for another processor as missing, and a truncated one crashes the process.</summary>
/// <remarks>Formats: the System V gABI (ELF64: e_machine at 0x12, section headers at 0x28), Microsoft's PE format, Apple's
/// <c>mach-o/loader.h</c>. Other files have no problem here; the loader reports theirs.</remarks>
internal static class NativeLibraryFile
{
    private const int HeaderLength = 4096;

    /// <summary>Returns the first problem of a library or of the other libraries in its folder, which it may depend on; null for none.</summary>
    public static Problem? FindProblemInFolder(string file)
    {
        string folder = Path.GetDirectoryName(Path.GetFullPath(file))!;
        string name = Path.GetFileName(file);
        return Directory.EnumerateFiles(folder)
            .Where(other => Path.GetFileName(other) != name && IsLibrary(Path.GetFileName(other)))
            .Order(StringComparer.Ordinal)
            .Prepend(file)
            .Select(FindProblem)
            .FirstOrDefault(problem => problem is not null);
    }

    /// <summary>Returns the problem of one file; null for none.</summary>
    public static Problem? FindProblem(string file)
    {
        var buffer = new byte[HeaderLength];
        using FileStream stream = File.OpenRead(file);
        ReadOnlySpan<byte> header = buffer.AsSpan(0, stream.ReadAtLeast(buffer, HeaderLength, throwOnEndOfStream: false));
        if (ArchitectureOf(header) is { } architecture && architecture != RuntimeInformation.ProcessArchitecture)
        {
            return new Problem("The native library is for another processor")
            {
                Where = file,
                Expected = RuntimeInformation.ProcessArchitecture.ToString(),
                Received = architecture.ToString(),
                Hint = "Build or publish the program on, or for, this machine: dotnet build -r, or dotnet publish -r, with its runtime identifier.",
            };
        }

        return LengthOf(header) is { } length && stream.Length < length
            ? new Problem("The native library is truncated")
            {
                Where = file,
                Expected = $"at least {length} bytes",
                Received = $"{stream.Length} bytes",
                Hint = "Free some disk space, clear the package cache (dotnet nuget locals global-packages --clear) and build again.",
            }
            : null;
    }

    /// <summary>Returns the processor that a library is for; null if its header names none that .NET runs on.</summary>
    public static Architecture? ArchitectureOf(ReadOnlySpan<byte> header)
    {
        if (IsElf64(header))
        {
            return BinaryPrimitives.ReadUInt16LittleEndian(header[0x12..]) switch
            {
                62 => Architecture.X64,
                183 => Architecture.Arm64,
                243 => Architecture.RiscV64,
                _ => null,
            };
        }

        if (header.Length >= 8 && BinaryPrimitives.ReadUInt32LittleEndian(header) == 0xFEEDFACF)
        {
            return BinaryPrimitives.ReadUInt32LittleEndian(header[4..]) switch
            {
                0x01000007 => Architecture.X64,
                0x0100000C => Architecture.Arm64,
                _ => null,
            };
        }

        if (header.Length >= 0x40 && header.StartsWith("MZ"u8)
            && (long)BinaryPrimitives.ReadUInt32LittleEndian(header[0x3C..]) is var start
            && start + 6 <= header.Length && header[(int)start..].StartsWith("PE\0\0"u8)
            && !IsManaged(header, (int)start))
        {
            return BinaryPrimitives.ReadUInt16LittleEndian(header[(int)(start + 4)..]) switch
            {
                0x8664 => Architecture.X64,
                0xAA64 => Architecture.Arm64,
                0x014C => Architecture.X86,
                _ => null,
            };
        }

        return null;
    }

    /// <summary>Whether a PE file is a .NET assembly: such a file runs on any processor, whatever its header names (mostly I386). Its optional
    /// header, at offset 24, then has directory 14, the CLI header.</summary>
    private static bool IsManaged(ReadOnlySpan<byte> header, int start)
    {
        int optional = start + 24;
        if (optional + 2 > header.Length)
        {
            return false;
        }

        int directories = BinaryPrimitives.ReadUInt16LittleEndian(header[optional..]) == 0x20B ? 112 : 96;
        int cli = optional + directories + (14 * 8);
        return cli + 4 <= header.Length && BinaryPrimitives.ReadUInt32LittleEndian(header[cli..]) != 0;
    }

    private static bool IsLibrary(string name)
        => name.EndsWith(".so", StringComparison.Ordinal)
            || name.Contains(".so.", StringComparison.Ordinal)
            || name.EndsWith(".dylib", StringComparison.Ordinal)
            || name.EndsWith(".dll", StringComparison.OrdinalIgnoreCase);

    /// <summary>Returns the end of an ELF file's section header table, which comes after everything that is loaded.</summary>
    private static long? LengthOf(ReadOnlySpan<byte> header)
    {
        if (!IsElf64(header))
        {
            return null;
        }

        long table = BinaryPrimitives.ReadInt64LittleEndian(header[0x28..]);
        long entries = (long)BinaryPrimitives.ReadUInt16LittleEndian(header[0x3A..]) * BinaryPrimitives.ReadUInt16LittleEndian(header[0x3C..]);
        return table < 0 || table > long.MaxValue - entries ? null : table + entries;
    }

    private static bool IsElf64(ReadOnlySpan<byte> header)
        => header.Length >= 0x40 && header.StartsWith("\u007fELF"u8) && header[4] == 2 && header[5] == 1;
}
