using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using Regimen.Prediction;

namespace Regimen.Serving;

/// <summary>Writes the response of an inference request.</summary>
internal static class InferResponse
{
    /// <summary>The outputs as the model's metadata lists them.</summary>
    public static IEnumerable<(string Name, string Datatype, long[] Shape)> Outputs(Predictor predictor)
    {
        if (predictor.Tokenizer is not null)
        {
            return [("text", "BYTES", [-1])];
        }

        int classes = predictor.Classes.Count;
        (string, string, long[]) outputs = ("outputs", "FP32", [-1, predictor.Context.Outputs]);
        return predictor.Task.Name switch
        {
            _ when classes == 0 => [("values", "FP64", [-1, predictor.Context.Outputs]), outputs],
            "multi-label classification" => [("probabilities", "FP64", [-1, classes]), outputs],
            _ => [("class", "BYTES", [-1]), ("probability", "FP64", [-1]), ("probabilities", "FP64", [-1, classes]), outputs],
        };
    }

    /// <summary>Returns the body, and the length of its JSON part; null if there is no binary part.</summary>
    /// <param name="model">The name of the model.</param>
    /// <param name="request">The request.</param>
    /// <param name="tensors">All outputs of the model.</param>
    /// <exception cref="RequestException">The request asks for an output that the model does not have.</exception>
    public static (byte[] Body, int? JsonLength) Write(string model, InferRequest request, IReadOnlyList<OutputTensor> tensors)
    {
        RequestedOutput[] wanted = request.Outputs.Count > 0
            ? [.. request.Outputs.Select(o => o with { IsBinary = o.IsBinary || request.IsBinary })]
            : [.. tensors.Select(t => new RequestedOutput(t.Name, request.IsBinary))];
        var json = new ArrayBufferWriter<byte>();
        var binary = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(json))
        {
            writer.WriteStartObject();
            writer.WriteString("model_name", model);
            writer.WriteString("model_version", "1");
            if (request.Id is not null)
            {
                writer.WriteString("id", request.Id);
            }

            writer.WriteStartArray("outputs");
            foreach (RequestedOutput output in wanted)
            {
                OutputTensor tensor = tensors.FirstOrDefault(t => t.Name == output.Name) ?? throw InferJson.Wrong(
                    "outputs", "The model has no such output", $"one of {string.Join(", ", tensors.Select(t => t.Name))}", output.Name);
                tensor.Write(writer, output.IsBinary ? binary : null);
            }

            writer.WriteEndArray();
            writer.WriteEndObject();
        }

        bool hasBinary = wanted.Any(w => w.IsBinary);
        return hasBinary ? ([.. json.WrittenSpan, .. binary.WrittenSpan], json.WrittenCount) : (json.WrittenSpan.ToArray(), null);
    }

    /// <summary>Returns the outputs of predictions.</summary>
    public static IReadOnlyList<OutputTensor> Tensors(PredictionResult[] results)
    {
        int classes = results[0].Classes.Count;
        OutputTensor outputs = OutputTensor.Of("outputs", [.. results.SelectMany(r => r.Outputs)], [results.Length, results[0].Outputs.Count]);
        if (classes == 0)
        {
            return [OutputTensor.Of("values", [.. results.SelectMany(r => r.Values)], [results.Length, results[0].Values.Count]), outputs];
        }

        OutputTensor probabilities = OutputTensor.Of("probabilities", [.. results.SelectMany(r => r.ByIndex)], [results.Length, classes]);
        return results[0].IsOfLabels
            ? [probabilities, outputs]
            :
            [
                OutputTensor.Of("class", [.. results.Select(r => r.Class ?? string.Empty)]),
                OutputTensor.Of("probability", [.. results.Select(r => r.Probability ?? double.NaN)], [results.Length]),
                probabilities,
                outputs,
            ];
    }
}

/// <summary>A tensor of a response.</summary>
internal sealed class OutputTensor
{
    private readonly Array _values;

    private OutputTensor(string name, string datatype, long[] shape, Array values) => (Name, Datatype, Shape, _values) = (name, datatype, shape, values);

    public string Name { get; }

    public string Datatype { get; }

    public long[] Shape { get; }

    public static OutputTensor Of(string name, float[] values, long[] shape) => new(name, "FP32", shape, values);

    public static OutputTensor Of(string name, double[] values, long[] shape) => new(name, "FP64", shape, values);

    public static OutputTensor Of(string name, string[] values) => new(name, "BYTES", [values.Length], values);

    /// <summary>Writes the tensor's object, and its data there or as binary data.</summary>
    public void Write(Utf8JsonWriter json, ArrayBufferWriter<byte>? binary)
    {
        json.WriteStartObject();
        json.WriteString("name", Name);
        json.WriteString("datatype", Datatype);
        json.WriteStartArray("shape");
        foreach (long dimension in Shape)
        {
            json.WriteNumberValue(dimension);
        }

        json.WriteEndArray();
        if (binary is not null)
        {
            int before = binary.WrittenCount;
            WriteBinary(binary);
            json.WriteStartObject("parameters");
            json.WriteNumber("binary_data_size", binary.WrittenCount - before);
            json.WriteEndObject();
        }
        else
        {
            json.WriteStartArray("data");
            foreach (object value in _values)
            {
                WriteValue(json, value);
            }

            json.WriteEndArray();
        }

        json.WriteEndObject();
    }

    private static void WriteValue(Utf8JsonWriter json, object value)
    {
        switch (value)
        {
            case string text:
                json.WriteStringValue(text);
                break;
            case float number when float.IsFinite(number):
                json.WriteNumberValue(number);
                break;
            case double number when double.IsFinite(number):
                json.WriteNumberValue(number);
                break;
            default:
                json.WriteNullValue();
                break;
        }
    }

    private void WriteBinary(ArrayBufferWriter<byte> binary)
    {
        foreach (object value in _values)
        {
            switch (value)
            {
                case float number:
                    BinaryPrimitives.WriteSingleLittleEndian(binary.GetSpan(4), number);
                    binary.Advance(4);
                    break;
                case double number:
                    BinaryPrimitives.WriteDoubleLittleEndian(binary.GetSpan(8), number);
                    binary.Advance(8);
                    break;
                default:
                    byte[] text = Encoding.UTF8.GetBytes((string)value);
                    BinaryPrimitives.WriteInt32LittleEndian(binary.GetSpan(4), text.Length);
                    binary.Advance(4);
                    binary.Write(text);
                    break;
            }
        }
    }
}
