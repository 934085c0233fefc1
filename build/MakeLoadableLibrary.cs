using System;
using System.Collections.Generic;
using System.IO;
using System.Text;
using Microsoft.Build.Framework;
using Microsoft.Build.Utilities;

// Compiled by MSBuild while building (NativeLoading.targets); not part of any assembly. Copies an ELF library with two changes: one entry
// of its .gnu.version_r section gets VER_FLG_WEAK, and its DT_RUNPATH is replaced. Layout: System V gABI and the LSB's "Symbol Versioning"
// chapter. Numbers are hexadecimal offsets in the ELF64 header (e_*), section header (sh_*), Verneed (vn_*), Vernaux (vna_*) and dynamic
// (d_*) structures.
public sealed class MakeLoadableLibrary : Task
{
    private const ushort VerFlgWeak = 0x2;
    private const uint ShtDynamic = 6;
    private const uint ShtGnuVerneed = 0x6ffffffe;
    private const long DtRunPath = 0x1d;

    [Required]
    public string Library { get; set; }

    /// <summary>The symbol version whose requirement becomes weak.</summary>
    [Required]
    public string Version { get; set; }

    /// <summary>The run path of the copy; at most as long as the old value.</summary>
    [Required]
    public string RunPath { get; set; }

    [Required]
    public string Copy { get; set; }

    public override bool Execute()
    {
        byte[] image = File.ReadAllBytes(Library);
        bool isElf64LittleEndian = image.Length > 0x40 && BitConverter.ToUInt32(image, 0) == 0x464c457f && image[4] == 2 && image[5] == 1;
        if (!isElf64LittleEndian)
        {
            Log.LogWarning("{0} is not a 64-bit ELF library; it is copied unchanged.", Library);
        }
        else
        {
            foreach (long header in Sections(image, ShtGnuVerneed))
            {
                Weaken(image, header);
            }

            foreach (long header in Sections(image, ShtDynamic))
            {
                SetRunPath(image, header);
            }
        }

        // Written to a temporary file and renamed, so that a concurrent build never reads an incomplete file.
        Directory.CreateDirectory(Path.GetDirectoryName(Copy));
        string temporary = Copy + "." + Guid.NewGuid().ToString("N");
        File.WriteAllBytes(temporary, image);
        File.Delete(Copy);
        File.Move(temporary, Copy);
        return !Log.HasLoggedErrors;
    }

    private static IEnumerable<long> Sections(byte[] image, uint type)
    {
        for (int i = 0; i < BitConverter.ToUInt16(image, 0x3C); i++)
        {
            long header = SectionHeader(image, i);
            if (BitConverter.ToUInt32(image, (int)header + 0x04) == type)
            {
                yield return header;
            }
        }
    }

    private static long SectionHeader(byte[] image, long index) => BitConverter.ToInt64(image, 0x28) + (index * BitConverter.ToUInt16(image, 0x3A));

    /// <summary>Returns the offset of a section's string table, which its sh_link names.</summary>
    private static long Strings(byte[] image, long header)
        => BitConverter.ToInt64(image, (int)SectionHeader(image, BitConverter.ToUInt32(image, (int)header + 0x28)) + 0x18);

    private void Weaken(byte[] image, long header)
    {
        long need = BitConverter.ToInt64(image, (int)header + 0x18);
        long strings = Strings(image, header);
        for (uint next = 1; next != 0; need += next)
        {
            int count = BitConverter.ToUInt16(image, (int)need + 0x02);
            long aux = need + BitConverter.ToUInt32(image, (int)need + 0x08);
            for (int j = 0; j < count; j++)
            {
                if (ReadString(image, strings + BitConverter.ToUInt32(image, (int)aux + 0x08)) == Version)
                {
                    ushort flags = BitConverter.ToUInt16(image, (int)aux + 0x04);
                    BitConverter.GetBytes((ushort)(flags | VerFlgWeak)).CopyTo(image, aux + 0x04);
                }

                aux += BitConverter.ToUInt32(image, (int)aux + 0x0C);
            }

            next = BitConverter.ToUInt32(image, (int)need + 0x0C);
        }
    }

    /// <summary>Writes the new value with a NUL inside the old one; the bytes after it stay, because other strings may share them.</summary>
    private void SetRunPath(byte[] image, long header)
    {
        long entry = BitConverter.ToInt64(image, (int)header + 0x18);
        for (long end = entry + BitConverter.ToInt64(image, (int)header + 0x20); entry < end; entry += 0x10)
        {
            if (BitConverter.ToInt64(image, (int)entry) != DtRunPath)
            {
                continue;
            }

            long at = Strings(image, header) + BitConverter.ToInt64(image, (int)entry + 0x08);
            string old = ReadString(image, at);
            if (old.Length < RunPath.Length)
            {
                Log.LogError("{0}: its run path '{1}' is too short to be replaced by '{2}'.", Library, old, RunPath);
                return;
            }

            byte[] path = Encoding.ASCII.GetBytes(RunPath.Length == old.Length ? RunPath : RunPath + "\0");
            path.CopyTo(image, at);
        }
    }

    private static string ReadString(byte[] image, long offset)
    {
        int end = Array.IndexOf(image, (byte)0, (int)offset);
        return Encoding.ASCII.GetString(image, (int)offset, end - (int)offset);
    }
}
