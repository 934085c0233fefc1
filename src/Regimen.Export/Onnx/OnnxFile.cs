using System.Globalization;
using System.Security.Cryptography;
using Google.Protobuf;
using Regimen.Engine;
using Regimen.Files;
using Regimen.Graphs;
using static TorchSharp.torch;

namespace Regimen.Onnx;

/// <summary>Writes a graph as an ONNX file. The messages and their fields are those of ONNX's public schema (onnx.proto, IR version 8).</summary>
internal static class OnnxFile
{
    /// <summary>The operator set: that of the oldest runtimes in use. It has layer normalisation.</summary>
    public const int Opset = 17;

    /// <summary>The size of all weights from which they go to a file of their own: protobuf messages are limited to 2 GB.</summary>
    public const long LargestWeights = 1_900_000_000;

    private const int IrVersion = 8;
    private const int MlOpset = 3;
    private const int Alignment = 4096;

    // Smaller ones stay in the model's file, such as the shapes that runtimes need when they load it.
    private const long SmallestExternal = 1024;

    /// <summary>Writes a new file and flushes it to disk.</summary>
    /// <param name="path">The file; it must not exist. Weights of their own go to <paramref name="path"/> with <c>.data</c> appended.</param>
    /// <param name="graph">The graph.</param>
    /// <param name="metadata">The texts of <c>metadata_props</c>.</param>
    /// <param name="largestWeights">The size of all weights, in bytes, from which they go to a file of their own.</param>
    /// <returns>The file's SHA-256, lower-case hex.</returns>
    /// <exception cref="WorkFailedException">It can't be written.</exception>
    public static string Write(string path, ModelGraph graph, IReadOnlyDictionary<string, string> metadata, long largestWeights = LargestWeights)
        => OutputFile.Guard(path, () =>
        {
            bool isExternal = graph.Weights.Values.Sum(BytesOf) > largestWeights;
            using FileStream? data = isExternal ? new FileStream(DataFile(path), FileMode.CreateNew, FileAccess.Write, FileShare.None) : null;
            using (var file = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.None))
            {
                using var output = new CodedOutputStream(file, leaveOpen: true);
                Model(graph, metadata, file, data, Path.GetFileName(DataFile(path))).WriteTo(output);
                output.Flush();
                DiskFlush.File(file.SafeFileHandle, path);
            }

            if (data is not null)
            {
                data.Flush();
                DiskFlush.File(data.SafeFileHandle, data.Name);
            }

            using FileStream written = File.OpenRead(path);
            return Convert.ToHexStringLower(SHA256.HashData(written));
        });

    /// <summary>The file of the weights that are not in the model's own file.</summary>
    public static string DataFile(string path) => path + ".data";

    private static ProtoMessage Model(ModelGraph graph, IReadOnlyDictionary<string, string> metadata, Stream file, FileStream? data, string dataName)
    {
        var model = new ProtoMessage()
            .Add(1, IrVersion)
            .Add(2, "Regimen")
            .Add(3, typeof(Problem).Assembly.GetName().Version!.ToString(3))
            .Add(7, Graph(graph, file, data, dataName))
            .Add(8, new ProtoMessage().Add(1, string.Empty).Add(2, Opset));
        if (graph.Nodes.Any(n => n.Domain == "ai.onnx.ml"))
        {
            model.Add(8, new ProtoMessage().Add(1, "ai.onnx.ml").Add(2, MlOpset));
        }

        foreach ((string key, string value) in metadata.OrderBy(m => m.Key, StringComparer.Ordinal))
        {
            model.Add(14, Entry(key, value));
        }

        return model;
    }

    private static ProtoMessage Graph(ModelGraph graph, Stream file, FileStream? data, string dataName)
    {
        var message = new ProtoMessage();
        for (int i = 0; i < graph.Nodes.Count; i++)
        {
            message.Add(1, Node(graph.Nodes[i], i));
        }

        message.Add(2, "model");
        foreach ((string name, Tensor tensor) in graph.Weights)
        {
            message.Add(5, Weight(name, tensor, file, data, dataName));
        }

        foreach (GraphPort port in graph.Inputs)
        {
            message.Add(11, Port(port));
        }

        foreach (GraphPort port in graph.Outputs)
        {
            message.Add(12, Port(port));
        }

        return message;
    }

    private static ProtoMessage Node(GraphNode node, int number)
    {
        var message = new ProtoMessage();
        foreach (string input in node.Inputs)
        {
            message.Add(1, input);
        }

        foreach (string output in node.Outputs)
        {
            message.Add(2, output);
        }

        message.Add(3, string.Create(CultureInfo.InvariantCulture, $"{node.Operator}_{number}")).Add(4, node.Operator);
        foreach ((string name, GraphAttribute value) in node.Attributes)
        {
            message.Add(5, Attribute(name, value));
        }

        return node.Domain.Length > 0 ? message.Add(7, node.Domain) : message;
    }

    private static ProtoMessage Attribute(string name, GraphAttribute attribute)
    {
        ProtoMessage message = new ProtoMessage().Add(1, name);
        return attribute switch
        {
            GraphAttribute.Number number => message.Add(2, number.Value).Add(20, 1),
            GraphAttribute.Integer integer => message.Add(3, integer.Value).Add(20, 2),
            GraphAttribute.Text text => message.Add(4, text.Value).Add(20, 3),
            GraphAttribute.Integers integers => integers.Values.Aggregate(message, (m, value) => m.Add(8, value)).Add(20, 7),
            GraphAttribute.Texts texts => texts.Values.Aggregate(message, (m, value) => m.Add(9, value)).Add(20, 8),
            _ => throw new NotSupportedException($"The attribute type {attribute.GetType().Name} is not supported."),
        };
    }

    private static ProtoMessage Weight(string name, Tensor tensor, Stream file, FileStream? data, string dataName)
    {
        ProtoMessage message = tensor.shape.Aggregate(new ProtoMessage(), (m, size) => m.Add(1, size)).Add(2, TypeOf(tensor.dtype)).Add(8, name);
        if (data is null || BytesOf(tensor) < SmallestExternal)
        {
            return message.Add(9, tensor, file);
        }

        data.Write(new byte[(Alignment - (data.Position % Alignment)) % Alignment]);
        long offset = data.Position;
        TensorMemory.ForEachPiece(tensor, data.Write);
        return message
            .Add(13, Entry("location", dataName))
            .Add(13, Entry("offset", offset.ToString(CultureInfo.InvariantCulture)))
            .Add(13, Entry("length", BytesOf(tensor).ToString(CultureInfo.InvariantCulture)))
            .Add(14, 1);
    }

    private static ProtoMessage Port(GraphPort port)
    {
        var shape = new ProtoMessage();
        foreach (GraphSize size in port.Shape)
        {
            shape.Add(1, size.Number is { } number ? new ProtoMessage().Add(1, number) : new ProtoMessage().Add(2, size.Name!));
        }

        return new ProtoMessage().Add(1, port.Name).Add(2, new ProtoMessage().Add(1, new ProtoMessage().Add(1, ModelGraph.OnnxNumber(port.Type)).Add(2, shape)));
    }

    private static ProtoMessage Entry(string key, string value) => new ProtoMessage().Add(1, key).Add(2, value);

    private static long BytesOf(Tensor tensor) => tensor.numel() * tensor.ElementSize;

    private static int TypeOf(ScalarType type) => type switch
    {
        ScalarType.Float32 => 1,
        ScalarType.Byte => 2,
        ScalarType.Int8 => 3,
        ScalarType.Int16 => 5,
        ScalarType.Int32 => 6,
        ScalarType.Int64 => 7,
        ScalarType.Bool => 9,
        ScalarType.Float16 => 10,
        ScalarType.Float64 => 11,
        ScalarType.BFloat16 => 16,
        _ => throw new NotSupportedException($"The element type {type} is not supported."),
    };
}
