using System.Buffers.Binary;
using System.Text;
using System.Text.Json;

namespace Regimen.Tests.TestKit;

/// <summary>Creates safetensors files, valid and invalid ones, and reads them with code that is independent of the product's.</summary>
internal static class SafetensorsBytes
{
    /// <summary>Returns a file with the given header and values.</summary>
    public static byte[] Of(string header, params ReadOnlySpan<byte> values)
    {
        byte[] json = Encoding.UTF8.GetBytes(header);
        var bytes = new byte[8 + json.Length + values.Length];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, json.Length);
        json.CopyTo(bytes, 8);
        values.CopyTo(bytes.AsSpan(8 + json.Length));
        return bytes;
    }

    /// <summary>Reads a tensor's header and bytes.</summary>
    public static (string Type, long[] Shape, byte[] Values, long Start) Tensor(byte[] file, string name)
    {
        int header = (int)BinaryPrimitives.ReadInt64LittleEndian(file);
        using JsonDocument json = JsonDocument.Parse(file.AsMemory(8, header));
        JsonElement tensor = json.RootElement.GetProperty(name);
        long start = 8 + header + tensor.GetProperty("data_offsets")[0].GetInt64();
        long end = 8 + header + tensor.GetProperty("data_offsets")[1].GetInt64();
        return (
            tensor.GetProperty("dtype").GetString()!,
            [.. tensor.GetProperty("shape").EnumerateArray().Select(d => d.GetInt64())],
            file[(int)start..(int)end],
            start);
    }
}
