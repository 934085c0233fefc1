using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Regimen.Engine;
using Regimen.Files;
using static TorchSharp.torch;

namespace Regimen.Safetensors;

/// <summary>Writes tensors in the safetensors format, which PyTorch and Hugging Face tools read: the header's length (8 bytes,
/// little-endian), the header as JSON, the values one tensor after the other.</summary>
/// <remarks>Tensors with larger elements come first, so that every tensor is aligned for readers that map the file, as in the reference
/// implementation; then names in ordinal order. The same tensors always give the same bytes.</remarks>
internal static class SafetensorsWriter
{
    private static readonly JsonSerializerOptions Compact = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes a new file and flushes it to disk.</summary>
    /// <param name="path">The file; it must not exist.</param>
    /// <param name="tensors">The tensors by name, on any device and of any layout.</param>
    /// <param name="metadata">The texts for <c>__metadata__</c>.</param>
    /// <returns>The file's SHA-256, lower-case hex.</returns>
    /// <exception cref="ArgumentException">Two tensors have the same name, or one is named <c>__metadata__</c>.</exception>
    /// <exception cref="WorkFailedException">It can't be written.</exception>
    public static string Write(string path, IEnumerable<KeyValuePair<string, Tensor>> tensors, IReadOnlyDictionary<string, string> metadata)
    {
        KeyValuePair<string, Tensor>[] ordered = [.. tensors.OrderByDescending(t => t.Value.ElementSize).ThenBy(t => t.Key, StringComparer.Ordinal)];
        byte[] header = Header(ordered, metadata);
        return OutputFile.Guard(path, () =>
        {
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            using var file = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0);
            Add(header);
            foreach ((_, Tensor tensor) in ordered)
            {
                using Tensor onCpu = Plain(tensor);
                TensorMemory.ForEachPiece(onCpu, Add);
            }

            DiskFlush.File(file.SafeFileHandle, path);
            return Convert.ToHexStringLower(hash.GetHashAndReset());

            void Add(ReadOnlySpan<byte> bytes)
            {
                file.Write(bytes);
                hash.AppendData(bytes);
            }
        });
    }

    /// <summary>Returns a contiguous tensor on the CPU with the same values. The caller disposes it.</summary>
    internal static Tensor Plain(Tensor tensor)
    {
        using Tensor detached = tensor.detach();
        using Tensor onCpu = detached.cpu();
        return onCpu.contiguous().DetachFromDisposeScope();
    }

    private static byte[] Header(KeyValuePair<string, Tensor>[] tensors, IReadOnlyDictionary<string, string> metadata)
    {
        var header = new JsonObject();
        if (metadata.Count > 0)
        {
            header["__metadata__"] = new JsonObject(metadata.OrderBy(m => m.Key, StringComparer.Ordinal).Select(m => KeyValuePair.Create(m.Key, (JsonNode?)m.Value)));
        }

        else if (tensors.Any(t => t.Key == "__metadata__"))
        {
            throw new ArgumentException("A tensor can't have the name __metadata__.", nameof(tensors));
        }

        long offset = 0;
        foreach ((string name, Tensor tensor) in tensors)
        {
            long end = offset + (tensor.numel() * tensor.ElementSize);
            header.Add(name, new JsonObject
            {
                ["dtype"] = TensorType.NameOf(tensor.dtype),
                ["shape"] = new JsonArray([.. tensor.shape.Select(d => JsonValue.Create(d))]),
                ["data_offsets"] = new JsonArray(offset, end),
            });
            offset = end;
        }

        byte[] json = JsonSerializer.SerializeToUtf8Bytes(header, Compact);

        // Padded with spaces, so that the values are aligned for readers that map the file.
        int length = (json.Length + 7) / 8 * 8;
        var bytes = new byte[8 + length];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, length);
        json.CopyTo(bytes, 8);
        bytes.AsSpan(8 + json.Length).Fill((byte)' ');
        return bytes;
    }
}
