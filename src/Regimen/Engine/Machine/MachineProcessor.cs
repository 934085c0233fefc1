using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using System.Text;
using Arm = System.Runtime.Intrinsics.Arm;

namespace Regimen.Engine;

/// <summary>Reads the processor's name and instruction sets.</summary>
internal static class MachineProcessor
{
    /// <summary>Returns the brand string of an x86 processor (CPUID leaves 0x80000002 to 4), otherwise the kernel's name for the machine,
    /// otherwise the architecture.</summary>
    public static string Name()
    {
        string name = X86Base.IsSupported ? Brand() : FromKernel();
        return name.Length > 0 ? name : RuntimeInformation.ProcessArchitecture.ToString();
    }

    public static string Vectors() => (Vector512.IsHardwareAccelerated, Vector256.IsHardwareAccelerated, Vector128.IsHardwareAccelerated) switch
    {
        (true, _, _) => "AVX-512 (512 bits)",
        (_, true, _) => "AVX2 (256 bits)",
        (_, _, true) => Arm.AdvSimd.IsSupported ? "NEON (128 bits)" : "SSE (128 bits)",
        _ => "none",
    };

    public static IReadOnlyList<string> InstructionSets()
    {
        (string Name, bool IsSupported)[] known =
        [
            ("SSE4.2", Sse42.IsSupported), ("AVX", Avx.IsSupported), ("AVX2", Avx2.IsSupported), ("FMA", Fma.IsSupported), ("BMI2", Bmi2.IsSupported),
            ("AVX-VNNI", AvxVnni.IsSupported), ("AVX-512F", Avx512F.IsSupported), ("AVX-512BW", Avx512BW.IsSupported),
            ("AVX-512DQ", Avx512DQ.IsSupported), ("AVX-512VBMI", Avx512Vbmi.IsSupported), ("AVX10.1", Avx10v1.IsSupported),
            ("NEON", Arm.AdvSimd.IsSupported), ("DP", Arm.Dp.IsSupported), ("RDM", Arm.Rdm.IsSupported),
        ];
        return [.. known.Where(set => set.IsSupported).Select(set => set.Name)];
    }

    private static string Brand()
    {
        const uint HighestLeaf = 0x80000000;
        const uint FirstLeaf = 0x80000002;
        if ((uint)X86Base.CpuId(unchecked((int)HighestLeaf), 0).Eax < FirstLeaf + 2)
        {
            return string.Empty;
        }

        Span<int> registers = stackalloc int[12];
        for (int i = 0; i < 3; i++)
        {
            (int eax, int ebx, int ecx, int edx) = X86Base.CpuId(unchecked((int)FirstLeaf + i), 0);
            ((ReadOnlySpan<int>)[eax, ebx, ecx, edx]).CopyTo(registers[(4 * i)..]);
        }

        string brand = Encoding.ASCII.GetString(MemoryMarshal.AsBytes(registers));
        return string.Join(' ', brand.TrimEnd('\0').Split(' ', StringSplitOptions.RemoveEmptyEntries));
    }

    private static string FromKernel()
    {
        const string File = "/proc/device-tree/model";
        try
        {
            return System.IO.File.Exists(File) ? System.IO.File.ReadAllText(File).Trim('\0', '\n', ' ') : string.Empty;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return string.Empty;
        }
    }
}
