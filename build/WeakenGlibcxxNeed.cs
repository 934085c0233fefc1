using System;
using System.IO;
using System.Text;
using Microsoft.Build.Framework;
using Microsoft.Build.Utilities;

// Compiled by MSBuild while building (NativeLoading.targets); not part of any assembly. Sets VER_FLG_WEAK on one entry of an ELF
// file's .gnu.version_r section. Layout: System V gABI and the LSB's "Symbol Versioning" chapter. Numbers are hexadecimal offsets
// in the ELF64 header (e_*), section header (sh_*), Verneed (vn_*) and Vernaux (vna_*) structures.
public sealed class WeakenGlibcxxNeed : Task
{
    private const ushort VerFlgWeak = 0x2;
    private const uint ShtGnuVerneed = 0x6ffffffe;

    [Required]
    public ITaskItem[] Libraries { get; set; }

    [Required]
    public string Version { get; set; }

    public override bool Execute()
    {
        foreach (ITaskItem item in Libraries)
        {
            string path = item.GetMetadata("FullPath");
            byte[] image = File.ReadAllBytes(path);
            bool isElf64LittleEndian = image.Length > 0x40 && BitConverter.ToUInt32(image, 0) == 0x464c457f && image[4] == 2 && image[5] == 1;
            if (!isElf64LittleEndian)
            {
                Log.LogWarning("{0} is not a 64-bit ELF library; it is left as it is.", path);
                continue;
            }

            if (Weaken(image))
            {
                Replace(path, image);
                Log.LogMessage(MessageImportance.Normal, "{0}: the need for {1} is weak now.", path, Version);
            }
        }

        return !Log.HasLoggedErrors;
    }

    /// <summary>Marks the entry; false where there is none, or where it is weak already.</summary>
    private bool Weaken(byte[] image)
    {
        long headers = BitConverter.ToInt64(image, 0x28);
        int headerSize = BitConverter.ToUInt16(image, 0x3A);
        int headerCount = BitConverter.ToUInt16(image, 0x3C);
        for (int i = 0; i < headerCount; i++)
        {
            long header = headers + (long)i * headerSize;
            if (BitConverter.ToUInt32(image, (int)header + 0x04) != ShtGnuVerneed)
            {
                continue;
            }

            long need = BitConverter.ToInt64(image, (int)header + 0x18);
            long strings = BitConverter.ToInt64(image, (int)(headers + BitConverter.ToUInt32(image, (int)header + 0x28) * headerSize) + 0x18);
            while (true)
            {
                int count = BitConverter.ToUInt16(image, (int)need + 0x02);
                long aux = need + BitConverter.ToUInt32(image, (int)need + 0x08);
                for (int j = 0; j < count; j++)
                {
                    if (ReadString(image, strings + BitConverter.ToUInt32(image, (int)aux + 0x08)) == Version)
                    {
                        ushort flags = BitConverter.ToUInt16(image, (int)aux + 0x04);
                        if ((flags & VerFlgWeak) != 0)
                        {
                            return false;
                        }

                        BitConverter.GetBytes((ushort)(flags | VerFlgWeak)).CopyTo(image, aux + 0x04);
                        return true;
                    }

                    aux += BitConverter.ToUInt32(image, (int)aux + 0x0C);
                }

                uint next = BitConverter.ToUInt32(image, (int)need + 0x0C);
                if (next == 0)
                {
                    break;
                }

                need += next;
            }
        }

        return false;
    }

    /// <summary>A new file renamed over the old one: what the old one was hard-linked to keeps its bytes. The time stamp is kept,
    /// so that the next build does not copy the original back.</summary>
    private static void Replace(string path, byte[] image)
    {
        DateTime time = File.GetLastWriteTimeUtc(path);
        string beside = path + ".new";
        File.WriteAllBytes(beside, image);
        File.SetLastWriteTimeUtc(beside, time);
        File.Delete(path);
        File.Move(beside, path);
    }

    private static string ReadString(byte[] image, long offset)
    {
        int end = Array.IndexOf(image, (byte)0, (int)offset);
        return Encoding.ASCII.GetString(image, (int)offset, end - (int)offset);
    }
}
