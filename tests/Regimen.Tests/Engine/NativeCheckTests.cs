using System.Runtime.InteropServices;
using Regimen.Engine;
using Regimen.Tests.TestKit;

namespace Regimen.Tests.Engine;

public sealed class NativeCheckTests
{
    [Fact]
    public void This_programs_own_library_loads()
    {
        NativeCheckResult result = NativeCheck.Run();
        Assert.Null(result.Problem);
        Assert.True(result.Loads);
        Assert.True(File.Exists(result.File));
        Assert.Same(result, NativeCheck.Run());
    }

    [Fact]
    public void A_missing_file_is_reported()
    {
        using var folder = new TemporaryFolder();
        string file = folder["libLibTorchSharp.so"];
        NativeCheckResult result = NativeCheck.Run(file);
        Assert.False(result.Loads);
        Assert.Equal(("A native library is missing", file), (result.Problem!.Message, result.Problem.Where));
    }

    [Fact]
    public void A_file_that_is_not_a_library_is_reported()
    {
        using var folder = new TemporaryFolder();
        NativeCheckResult result = NativeCheck.Run(folder.Write("libLibTorchSharp.so", "not a library, but longer than an ELF header would be at least"u8));
        Assert.Equal("The file is not a library for this system and processor", result.Problem!.Message);
    }

    /// <summary>The loader maps such a file and the process dies, so it must be found before.</summary>
    [Fact]
    public void A_truncated_library_is_reported_before_it_is_loaded()
    {
        using var folder = new TemporaryFolder();
        NativeCheckResult result = NativeCheck.Run(folder.Write("libLibTorchSharp.so", Elf(machine: OwnMachine, sectionsAt: 100_000)));
        Assert.Equal("The native library is truncated", result.Problem!.Message);
        Assert.Equal("at least 100640 bytes", result.Problem.Expected);
        Assert.Equal("64 bytes", result.Problem.Received);
    }

    [Fact]
    public void A_damaged_library_in_the_same_folder_is_reported()
    {
        using var folder = new TemporaryFolder();
        string own = folder.Write("libLibTorchSharp.so", Elf(OwnMachine, sectionsAt: 0, sections: 0));
        string beside = folder.Write("libtorch_cpu.so", Elf(OwnMachine, sectionsAt: 100_000));
        folder.Write("notes.txt", "libtorch"u8);
        Problem problem = NativeCheck.Run(own).Problem!;
        Assert.Equal(("The native library is truncated", beside), (problem.Message, problem.Where));
    }

    [Fact]
    public void A_library_for_another_processor_is_reported()
    {
        using var folder = new TemporaryFolder();
        ushort other = OwnMachine == X64 ? Arm64 : X64;
        Problem problem = NativeCheck.Run(folder.Write("libLibTorchSharp.so", Elf(other, sectionsAt: 0, sections: 0))).Problem!;
        Assert.Equal("The native library is for another processor", problem.Message);
        Assert.Equal(RuntimeInformation.ProcessArchitecture.ToString(), problem.Expected);
        Assert.Equal(other == Arm64 ? "Arm64" : "X64", problem.Received);
    }

    [Fact]
    public void A_folder_in_place_of_the_library_is_reported()
    {
        using var folder = new TemporaryFolder();
        Assert.False(NativeCheck.Run(folder.FullPath).Loads);
    }

    [Theory]
    [InlineData(0x8664, Architecture.X64)]
    [InlineData(0xAA64, Architecture.Arm64)]
    [InlineData(0x014C, Architecture.X86)]
    public void A_windows_librarys_processor_is_read(int machine, Architecture expected)
    {
        var header = new byte[256];
        "MZ"u8.CopyTo(header);
        header[0x3C] = 0x80;
        "PE\0\0"u8.CopyTo(header.AsSpan(0x80));
        BitConverter.GetBytes((ushort)machine).CopyTo(header, 0x84);
        Assert.Equal(expected, NativeLibraryFile.ArchitectureOf(header));
    }

    /// <summary>In a program published for one system, assemblies are in the same folder as native libraries, and their headers name I386.</summary>
    [Fact]
    public void A_dotnet_assembly_has_no_architecture()
    {
        using FileStream assembly = File.OpenRead(typeof(Problem).Assembly.Location);
        var header = new byte[4096];
        assembly.ReadExactly(header);
        Assert.Null(NativeLibraryFile.ArchitectureOf(header));
    }

    [Theory]
    [InlineData(0x01000007, Architecture.X64)]
    [InlineData(0x0100000C, Architecture.Arm64)]
    public void A_macos_librarys_processor_is_read(int type, Architecture expected)
        => Assert.Equal(expected, NativeLibraryFile.ArchitectureOf([0xCF, 0xFA, 0xED, 0xFE, .. BitConverter.GetBytes(type)]));

    [Fact]
    public void Other_files_have_no_architecture()
    {
        for (int length = 0; length < 200; length++)
        {
            Assert.Null(NativeLibraryFile.ArchitectureOf(new byte[length]));
            Assert.Null(NativeLibraryFile.ArchitectureOf([.. "MZ"u8, .. Enumerable.Repeat((byte)0xFF, length)]));
        }
    }

    private const ushort X64 = 62;
    private const ushort Arm64 = 183;

    private static ushort OwnMachine => RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? Arm64 : X64;

    /// <summary>Returns the header of a 64-bit little-endian ELF library, without further content.</summary>
    private static byte[] Elf(ushort machine, long sectionsAt, ushort sections = 10)
    {
        var header = new byte[64];
        "\u007fELF"u8.CopyTo(header);
        (header[4], header[5], header[6]) = (2, 1, 1);
        BitConverter.GetBytes((ushort)3).CopyTo(header, 0x10);
        BitConverter.GetBytes(machine).CopyTo(header, 0x12);
        BitConverter.GetBytes(sectionsAt).CopyTo(header, 0x28);
        BitConverter.GetBytes((ushort)64).CopyTo(header, 0x3A);
        BitConverter.GetBytes(sections).CopyTo(header, 0x3C);
        return header;
    }
}
