using System.Security.Cryptography;
using Regimen.Files;

namespace Regimen.Safetensors;

/// <summary>A safetensors file that has been read into memory, with every offset, size and name checked.</summary>
public sealed class SafetensorsFile
{
    private const int LargestPiece = 1 << 30;
    private readonly string _path;
    private readonly Dictionary<string, byte[][]> _values;

    private SafetensorsFile(string path, string digest, Dictionary<string, byte[][]> values, IReadOnlyDictionary<string, string> metadata, IReadOnlyList<SafetensorsEntry> entries)
    {
        _path = path;
        _values = values;
        Digest = digest;
        Metadata = metadata;
        Entries = entries;
    }

    /// <summary>The texts under <c>__metadata__</c>.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>The tensors, in the order of their values in the file.</summary>
    public IReadOnlyList<SafetensorsEntry> Entries { get; }

    /// <summary>SHA-256 over the file's bytes, lower-case hex.</summary>
    internal string Digest { get; }

    /// <summary>Reads a file of any size into memory, once and from beginning to end. The file is not memory-mapped, because a mapped file that
    /// another process truncates would end this process.</summary>
    /// <exception cref="RequestException">It is missing or damaged; the message says how.</exception>
    public static SafetensorsFile Read(string path) => Read(path, LargestPiece);

    /// <summary>Reads a file, with the size of the arrays that hold the values; for tests.</summary>
    internal static SafetensorsFile Read(string path, int largestPiece)
    {
        using FileStream file = InputFile.Open(path);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        try
        {
            SafetensorsHeader header = SafetensorsHeader.Read(path, file.Length, Next);
            var values = new Dictionary<string, byte[][]>();
            foreach (SafetensorsEntry entry in header.Entries)
            {
                ThrowUnlessReadable(path, entry.Name, entry.Type);
                var pieces = new List<byte[]>();
                for (long start = entry.Start; start < entry.End; start += largestPiece)
                {
                    pieces.Add(Next((int)Math.Min(largestPiece, entry.End - start)));
                }

                values.Add(entry.Name, [.. pieces]);
            }

            return new SafetensorsFile(path, Convert.ToHexStringLower(hash.GetHashAndReset()), values, header.Metadata, header.Entries);
        }
        catch (EndOfStreamException exception)
        {
            throw new RequestException(new Problem("The file was truncated while it was read") { Where = path, Hint = "Try again when it has been written completely." }, exception);
        }
        catch (IOException exception)
        {
            throw InputFile.Unreadable(path, exception);
        }

        byte[] Next(int count)
        {
            byte[] bytes = GC.AllocateUninitializedArray<byte>(count);
            file.ReadExactly(bytes);
            hash.AppendData(bytes);
            return bytes;
        }
    }

    /// <summary>Returns the bytes of a tensor of at most 1 GiB, as they are in the file.</summary>
    /// <exception cref="NotSupportedException">The tensor is larger; <see cref="Pieces"/> has no limit.</exception>
    public ReadOnlySpan<byte> Values(SafetensorsEntry entry) => _values[entry.Name] switch
    {
        [] => [],
        [var all] => all,
        _ => throw new NotSupportedException($"The values of '{entry.Name}' do not fit into one span."),
    };

    /// <summary>Returns the bytes of a tensor of any size as a list of arrays.</summary>
    internal IReadOnlyList<byte[]> Pieces(SafetensorsEntry entry) => _values[entry.Name];

    /// <summary>Finds a tensor by its name.</summary>
    /// <exception cref="RequestException">There is no such tensor.</exception>
    public SafetensorsEntry Entry(string name) => Entries.FirstOrDefault(e => e.Name == name)
        ?? throw new RequestException(new Problem($"There is no tensor named '{name}'") { Where = _path, Expected = $"one of {string.Join(", ", Entries.Select(e => e.Name))}" });

    /// <summary>Refuses a type that is only listed.</summary>
    /// <exception cref="RequestException">Values of this type can't be read.</exception>
    internal static void ThrowUnlessReadable(string path, string name, string type)
    {
        if (!SafetensorsType.IsReadable(type))
        {
            throw new RequestException(new Problem($"The values of '{name}' can't be read: {type} is not supported") { Where = path, Expected = SafetensorsType.Readable, Received = type });
        }
    }
}

/// <summary>A tensor of a safetensors file.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">Its element type, as the format names it: <c>F32</c>.</param>
/// <param name="Shape">Its dimensions.</param>
/// <param name="Start">The offset of its first byte, from the end of the header.</param>
/// <param name="End">The offset after its last byte.</param>
public sealed record SafetensorsEntry(string Name, string Type, IReadOnlyList<long> Shape, long Start, long End);
