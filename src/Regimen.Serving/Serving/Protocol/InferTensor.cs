using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;

namespace Regimen.Serving;

/// <summary>A tensor of an inference request. Its elements are in the request's JSON or, with the binary tensor extension, behind it: little-endian,
/// row-major, without padding; each element of BYTES after its length in four bytes.</summary>
internal sealed class InferTensor
{
    private static readonly Dictionary<string, int> Sizes = new()
    {
        ["BOOL"] = 1, ["UINT8"] = 1, ["UINT16"] = 2, ["UINT32"] = 4, ["UINT64"] = 8, ["INT8"] = 1, ["INT16"] = 2, ["INT32"] = 4, ["INT64"] = 8,
        ["FP16"] = 2, ["FP32"] = 4, ["FP64"] = 8, ["BYTES"] = 0,
    };

    private readonly JsonElement? _data;
    private readonly ReadOnlyMemory<byte> _binary;

    private InferTensor(string name, string datatype, long[] shape, int elements, JsonElement? data, ReadOnlyMemory<byte> binary)
    {
        (Name, Datatype, Shape, Elements) = (name, datatype, shape, elements);
        (_data, _binary) = (data, binary);
    }

    public string Name { get; }

    /// <summary>The element type, such as <c>FP32</c>.</summary>
    public string Datatype { get; }

    public long[] Shape { get; }

    /// <summary>The number of elements: the product of the shape.</summary>
    public int Elements { get; }

    public bool IsBytes => Datatype == "BYTES";

    /// <summary>Reads a tensor.</summary>
    /// <param name="json">The tensor's object.</param>
    /// <param name="binary">The binary data of this and the following tensors; the tensor's part is removed from it.</param>
    /// <exception cref="RequestException">The object is not a tensor, or its data is not of its shape.</exception>
    public static InferTensor Read(JsonElement json, ref ReadOnlyMemory<byte> binary)
    {
        string name = InferJson.Text(json, "name", "an input");
        string datatype = InferJson.Text(json, "datatype", name);
        if (!Sizes.TryGetValue(datatype, out int size))
        {
            throw InferJson.Wrong(name, "Unknown datatype", $"one of {string.Join(", ", Sizes.Keys)}", datatype);
        }

        long[] shape = Numbers(json, name);
        long elements = 1;
        foreach (long dimension in shape)
        {
            elements = dimension is < 1 or > int.MaxValue || elements * dimension > int.MaxValue ? throw InferJson.Wrong(
                name, "The shape is out of range", "dimensions of at least 1, and at most 2147483647 elements", string.Join(", ", shape)) : elements * dimension;
        }

        ReadOnlyMemory<byte> own = default;
        JsonElement? data = null;
        if (json.TryGetProperty("parameters", out JsonElement parameters) && parameters.ValueKind == JsonValueKind.Object && parameters.TryGetProperty("binary_data_size", out JsonElement length))
        {
            if (!length.TryGetInt64(out long bytes) || bytes < 0 || bytes > binary.Length || (size > 0 && bytes != elements * size))
            {
                throw InferJson.Wrong(name, "The size of the binary data is wrong", size > 0 ? $"{elements * size} bytes, and as many in the body" : $"at most {binary.Length} bytes", length.ToString());
            }

            own = binary[..(int)bytes];
            binary = binary[(int)bytes..];
        }
        else
        {
            data = json.TryGetProperty("data", out JsonElement found) && found.ValueKind == JsonValueKind.Array
                ? found
                : throw InferJson.Wrong(name, "The tensor has no data", "an array `data`, or the parameter `binary_data_size`", "neither");
        }

        return new(name, datatype, shape, (int)elements, data, own);
    }

    /// <summary>A tensor of one element that is the whole body of a request.</summary>
    public static InferTensor OfBody(string name, ReadOnlyMemory<byte> body)
    {
        byte[] element = new byte[4 + body.Length];
        BinaryPrimitives.WriteInt32LittleEndian(element, body.Length);
        body.CopyTo(element.AsMemory(4));
        return new(name, "BYTES", [1], 1, null, element);
    }

    /// <summary>Returns the elements as bytes: text in UTF-8, or what a base64 text in JSON encodes.</summary>
    /// <param name="isBase64">Whether texts in JSON are base64.</param>
    public List<byte[]> Bytes(bool isBase64)
    {
        var elements = new List<byte[]>();
        if (_data is { } data)
        {
            foreach (JsonElement element in Flat(data))
            {
                elements.Add(OfJson(element, isBase64));
            }

            return Counted(elements);
        }

        ReadOnlySpan<byte> rest = _binary.Span;
        while (!rest.IsEmpty)
        {
            uint length = rest.Length >= 4 ? BinaryPrimitives.ReadUInt32LittleEndian(rest) : uint.MaxValue;
            if (length > rest.Length - 4)
            {
                throw InferJson.Wrong(Name, "An element is truncated", "each element after its length in four bytes", $"{rest.Length} bytes left");
            }

            elements.Add(rest.Slice(4, (int)length).ToArray());
            rest = rest[(4 + (int)length)..];
        }

        return Counted(elements);
    }

    /// <summary>Returns the elements as numbers.</summary>
    public double[] Doubles()
    {
        if (_data is { } data)
        {
            var numbers = new List<double>();
            foreach (JsonElement element in Flat(data))
            {
                numbers.Add(element.ValueKind switch
                {
                    JsonValueKind.Number => element.GetDouble(),
                    JsonValueKind.True => 1,
                    JsonValueKind.False => 0,
                    _ => throw InferJson.Wrong(Name, "An element is not a number", "numbers", element.ValueKind.ToString()),
                });
            }

            return [.. Counted(numbers)];
        }

        ReadOnlySpan<byte> bytes = _binary.Span;
        var values = new double[Elements];
        int size = bytes.Length / Elements;
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = Number(bytes.Slice(i * size, size));
        }

        return values;
    }

    /// <summary>Returns the elements of FP32 as they are.</summary>
    public float[] Floats() => _data is null && Datatype == "FP32" && BitConverter.IsLittleEndian
        ? MemoryMarshal.Cast<byte, float>(_binary.Span).ToArray()
        : Array.ConvertAll(Doubles(), v => (float)v);

    /// <summary>Returns the elements of UINT8.</summary>
    public byte[] Pixels() => _data is null ? _binary.ToArray() : Array.ConvertAll(Doubles(), v => v is >= 0 and <= 255 && v == Math.Floor(v) ? (byte)v : throw InferJson.Wrong(
        Name, "An element is not a byte", "whole numbers from 0 to 255", v.ToString(CultureInfo.InvariantCulture)));

    private double Number(ReadOnlySpan<byte> bytes) => Datatype switch
    {
        "BOOL" or "UINT8" => bytes[0],
        "INT8" => (sbyte)bytes[0],
        "UINT16" => BinaryPrimitives.ReadUInt16LittleEndian(bytes),
        "INT16" => BinaryPrimitives.ReadInt16LittleEndian(bytes),
        "UINT32" => BinaryPrimitives.ReadUInt32LittleEndian(bytes),
        "INT32" => BinaryPrimitives.ReadInt32LittleEndian(bytes),
        "UINT64" => BinaryPrimitives.ReadUInt64LittleEndian(bytes),
        "INT64" => BinaryPrimitives.ReadInt64LittleEndian(bytes),
        "FP16" => (double)BinaryPrimitives.ReadHalfLittleEndian(bytes),
        "FP32" => BinaryPrimitives.ReadSingleLittleEndian(bytes),
        "FP64" => BinaryPrimitives.ReadDoubleLittleEndian(bytes),
        _ => throw InferJson.Wrong(Name, "The elements are not numbers", "a numeric datatype", Datatype),
    };

    private byte[] OfJson(JsonElement element, bool isBase64)
    {
        if (element.ValueKind != JsonValueKind.String)
        {
            throw InferJson.Wrong(Name, "An element is not a text", isBase64 ? "base64 texts" : "texts", element.ValueKind.ToString());
        }

        return isBase64
            ? element.TryGetBytesFromBase64(out byte[]? bytes) ? bytes : throw InferJson.Wrong(Name, "An element is not base64", "encoded images as base64, or as binary data", "another text")
            : Encoding.UTF8.GetBytes(element.GetString()!);
    }

    private List<T> Counted<T>(List<T> elements)
        => elements.Count == Elements ? elements : throw InferJson.Wrong(Name, "The number of elements is not that of the shape", $"{Elements}", $"{elements.Count}");

    private static IEnumerable<JsonElement> Flat(JsonElement array) => array.EnumerateArray().SelectMany(e => e.ValueKind == JsonValueKind.Array ? Flat(e) : [e]);

    private static long[] Numbers(JsonElement json, string name)
    {
        if (json.TryGetProperty("shape", out JsonElement shape) && shape.ValueKind == JsonValueKind.Array && shape.GetArrayLength() is > 0 and <= 16)
        {
            long[] numbers = [.. shape.EnumerateArray().Select(d => d.ValueKind == JsonValueKind.Number && d.TryGetInt64(out long number) ? number : -1)];
            return numbers;
        }

        throw InferJson.Wrong(name, "The tensor has no shape", "an array of 1 to 16 numbers", shape.ValueKind.ToString());
    }
}
