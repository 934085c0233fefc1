using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace Regimen.Tests.TestKit;

/// <summary>Creates files of <c>torch.save</c> from the description of their format, valid and invalid ones.</summary>
internal sealed class TorchBytes
{
    private readonly MemoryStream _pickle = new();
    private readonly List<byte[]> _storages = [];

    /// <summary>Returns a file with a state dict of float32 tensors: contiguous, transposed and an empty one, two of them in one storage.</summary>
    public static byte[] StateDict()
    {
        var file = new TorchBytes();
        file.Op([0x80, 2, (byte)'}', (byte)'(']);
        file.Text("fc.weight").Tensor(file.Storage([1, 2, 3, 4, 5, 6]), 6, 0, [2, 3], [3, 1]);
        file.Text("fc.bias").Tensor(0, 6, 1, [2], [2]);
        file.Text("back.weight").Tensor(file.Storage([7, -8, 9, 10, 11, 12, 13]), 7, 0, [3, 2], [1, 3]);
        file.Text("empty").Tensor(file.Storage([]), 0, 0, [0, 4], [4, 1]);
        file.Op("u."u8);
        return file.Archive();
    }

    /// <summary>Writes operations of a pickle.</summary>
    public TorchBytes Op(ReadOnlySpan<byte> bytes)
    {
        _pickle.Write(bytes);
        return this;
    }

    /// <summary>Writes a text (BINUNICODE).</summary>
    public TorchBytes Text(string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        return Op("X"u8).Number(bytes.Length, 4).Op(bytes);
    }

    /// <summary>Adds a storage of float32 values, and returns its key.</summary>
    public int Storage(float[] values)
    {
        byte[] bytes = new byte[4 * values.Length];
        for (int i = 0; i < values.Length; i++)
        {
            BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(4 * i), values[i]);
        }

        _storages.Add(bytes);
        return _storages.Count - 1;
    }

    /// <summary>Writes the call that makes a tensor of a storage.</summary>
    public TorchBytes Tensor(int key, long elements, long offset, long[] shape, long[] strides, string type = "FloatStorage")
    {
        Op("ctorch._utils\n_rebuild_tensor_v2\n(("u8).Text("storage").Op("ctorch\n"u8).Op(Encoding.ASCII.GetBytes($"{type}\n")).Text($"{key}").Text("cpu").Long(elements).Op("tQ"u8);
        return Long(offset).Tuple(shape).Tuple(strides).Op([0x89]).Op("ccollections\nOrderedDict\n)RtR"u8);
    }

    /// <summary>Writes an integer of any size (LONG1).</summary>
    public TorchBytes Long(long value) => Op([0x8A, 8]).Number(value, 8);

    /// <summary>Writes a little-endian number.</summary>
    public TorchBytes Number(long value, int bytes)
    {
        Span<byte> buffer = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(buffer, value);
        return Op(buffer[..bytes]);
    }

    /// <summary>Returns the zip archive.</summary>
    public byte[] Archive(CompressionLevel level = CompressionLevel.NoCompression)
    {
        using var bytes = new MemoryStream();
        using (var zip = new ZipArchive(bytes, ZipArchiveMode.Create, leaveOpen: true))
        {
            Add(zip, "archive/data.pkl", _pickle.ToArray(), level);
            foreach ((int key, byte[] storage) in _storages.Index())
            {
                Add(zip, $"archive/data/{key}", storage, level);
            }

            Add(zip, "archive/version", "3\n"u8.ToArray(), level);
        }

        return bytes.ToArray();
    }

    private TorchBytes Tuple(long[] values)
    {
        Op("("u8);
        foreach (long value in values)
        {
            Long(value);
        }

        return Op("t"u8);
    }

    private static void Add(ZipArchive zip, string name, byte[] content, CompressionLevel level)
    {
        ZipArchiveEntry entry = zip.CreateEntry(name, level);
        entry.LastWriteTime = new DateTimeOffset(2026, 11, 26, 12, 0, 0, TimeSpan.Zero);
        using Stream stream = entry.Open();
        stream.Write(content);
    }
}
