using Google.Protobuf;
using Regimen.Files;

namespace Regimen.Onnx;

/// <summary>Reads the metadata of an ONNX file without its graph.</summary>
public static class OnnxMetadata
{
    private const int MetadataField = 14;
    private const int GraphField = 7;

    /// <summary>Returns the file's <c>metadata_props</c>. The weights are skipped, not read.</summary>
    /// <param name="path">An ONNX file.</param>
    /// <exception cref="RequestException">The file is missing or not an ONNX file, or it is damaged.</exception>
    public static IReadOnlyDictionary<string, string> Read(string path)
    {
        using FileStream file = InputFile.Open(path);
        try
        {
            return Read(file, path);
        }
        catch (Exception exception) when (exception is InvalidProtocolBufferException or EndOfStreamException or InvalidDataException)
        {
            throw Damaged(path, exception.Message, exception);
        }
        catch (IOException exception)
        {
            throw InputFile.Unreadable(path, exception);
        }
    }

    private static Dictionary<string, string> Read(FileStream file, string path)
    {
        var metadata = new Dictionary<string, string>(StringComparer.Ordinal);
        bool hasGraph = false;
        while (file.Position < file.Length)
        {
            ulong tag = ReadVarint(file);
            (int field, int type) = ((int)(tag >> 3), (int)(tag & 7));
            switch (type)
            {
                case 0:
                    ReadVarint(file);
                    break;
                case 2:
                    ulong length = ReadVarint(file);
                    if (length > (ulong)(file.Length - file.Position))
                    {
                        throw new EndOfStreamException($"a field of {length} bytes is longer than the rest of the file, {file.Length - file.Position} bytes");
                    }

                    hasGraph |= field == GraphField;
                    if (field == MetadataField)
                    {
                        byte[] entry = new byte[length];
                        file.ReadExactly(entry);
                        AddEntry(entry, metadata);
                    }
                    else
                    {
                        file.Position += (long)length;
                    }

                    break;
                case 1 or 5:
                    file.Position += type == 1 ? 8 : 4;
                    break;
                default:
                    throw new InvalidDataException($"a field of the unknown type {type}");
            }
        }

        return hasGraph && file.Position == file.Length ? metadata : throw Damaged(path, "it has no graph", null);
    }

    private static void AddEntry(byte[] entry, Dictionary<string, string> metadata)
    {
        var input = new CodedInputStream(entry);
        (string key, string value) = (string.Empty, string.Empty);
        for (uint tag = input.ReadTag(); tag != 0; tag = input.ReadTag())
        {
            switch (WireFormat.GetTagFieldNumber(tag))
            {
                case 1 when WireFormat.GetTagWireType(tag) == WireFormat.WireType.LengthDelimited:
                    key = input.ReadString();
                    break;
                case 2 when WireFormat.GetTagWireType(tag) == WireFormat.WireType.LengthDelimited:
                    value = input.ReadString();
                    break;
                default:
                    input.SkipLastField();
                    break;
            }
        }

        metadata[key] = value;
    }

    private static ulong ReadVarint(FileStream file)
    {
        ulong value = 0;
        for (int shift = 0; shift < 64; shift += 7)
        {
            int next = file.ReadByte();
            if (next < 0)
            {
                throw new EndOfStreamException("the file ends inside a field");
            }

            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
            {
                return value;
            }
        }

        throw new InvalidDataException("a number is longer than 10 bytes");
    }

    private static RequestException Damaged(string path, string reason, Exception? inner)
        => new(new Problem($"The file is not a complete ONNX file: {reason}") { Where = path, Expected = "an ONNX model" }, inner);
}
