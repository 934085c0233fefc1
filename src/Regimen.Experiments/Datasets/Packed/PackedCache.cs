using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Regimen.Files;

namespace Regimen.Datasets;

/// <summary>The indexes of archives in data.cache_folder, so that the next run does not read the archives again. An archive counts as the same if its
/// name, its size, its time of modification and its last 64 KB are the same.</summary>
/// <param name="folder">The folder; null for no cache.</param>
/// <param name="choice">The options that decide what an index has.</param>
internal sealed class PackedCache(string? folder, string choice)
{
    private const int EndBytes = 64 << 10;

    /// <summary>Returns the path of an archive's files in the cache, without an extension; null without a cache.</summary>
    /// <exception cref="RequestException">The archive can't be read.</exception>
    public string? PathOf(string archive)
    {
        if (folder is null)
        {
            return null;
        }

        using FileStream stream = InputFile.OpenRegular(archive);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var end = new byte[(int)Math.Min(EndBytes, stream.Length)];
        try
        {
            stream.Seek(-end.Length, SeekOrigin.End);
            stream.ReadExactly(end);
        }
        catch (IOException exception)
        {
            throw InputFile.Unreadable(archive, exception);
        }

        string text = string.Create(CultureInfo.InvariantCulture, $"packed 1\0{choice}\0{Path.GetFileName(archive)}\0{stream.Length}\0{File.GetLastWriteTimeUtc(archive).Ticks}\0");
        hash.AppendData(Encoding.UTF8.GetBytes(text));
        hash.AppendData(end);
        return Path.Combine(folder, Convert.ToHexStringLower(hash.GetHashAndReset())[..32]);
    }

    /// <summary>Reads an index; null if there is none, or it is damaged and has to be made again.</summary>
    public static PackedIndex? Read(string path)
    {
        try
        {
            return PackedIndexFile.Parse(File.ReadAllBytes(path + PackedIndexFile.Extension));
        }
        catch (Exception exception) when (OutputFile.IsFault(exception))
        {
            return null;
        }
    }

    /// <summary>Writes an index. Several processes may write the same one.</summary>
    /// <exception cref="RequestException">The folder can't be written.</exception>
    public static void Write(string path, PackedIndex index) => Write(path + PackedIndexFile.Extension, file => file.Write(PackedIndexFile.Format(index)));

    /// <summary>Writes a file, which gets its name when it is complete.</summary>
    /// <exception cref="RequestException">The folder can't be written.</exception>
    public static void Write(string path, Action<FileStream> write)
    {
        string full = Path.GetFullPath(path);
        string temporary = string.Create(CultureInfo.InvariantCulture, $"{full}.{Environment.ProcessId}.new");
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(full)!);
            try
            {
                using (var file = new FileStream(temporary, FileMode.Create, FileAccess.Write, FileShare.None))
                {
                    write(file);
                    file.Flush();
                    DiskFlush.File(file.SafeFileHandle, temporary);
                }

                File.Move(temporary, full, overwrite: true);
                AtomicFile.FlushFolder(Path.GetDirectoryName(full)!);
            }
            catch
            {
                File.Delete(temporary);
                throw;
            }
        }
        catch (Exception exception) when (OutputFile.IsFault(exception))
        {
            throw new RequestException(
                new Problem($"The cache folder can't be written: {exception.Message}") { Where = "data.cache_folder", Expected = "a folder in which files can be created", Received = Path.GetDirectoryName(full) }, exception);
        }
    }
}
