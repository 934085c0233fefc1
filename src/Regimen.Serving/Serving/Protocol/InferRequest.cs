using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Regimen.Serving;

/// <summary>An output that a request asks for.</summary>
/// <param name="Name">The name.</param>
/// <param name="IsBinary">Whether its data is behind the JSON of the response.</param>
internal readonly record struct RequestedOutput(string Name, bool IsBinary);

/// <summary>An inference request of the Open Inference Protocol, version 2.</summary>
/// <param name="Id">The request's identifier; null for none.</param>
/// <param name="Inputs">The tensors.</param>
/// <param name="Outputs">The requested outputs; empty for all.</param>
/// <param name="IsBinary">Whether outputs that do not say so themselves are binary.</param>
/// <param name="Parameters">The request's parameters; null for none.</param>
internal sealed record InferRequest(string? Id, IReadOnlyList<InferTensor> Inputs, IReadOnlyList<RequestedOutput> Outputs, bool IsBinary, JsonElement? Parameters)
{
    /// <summary>The header with the length of the JSON part, if binary data follows.</summary>
    public const string LengthHeader = "Inference-Header-Content-Length";

    /// <summary>Reads a request.</summary>
    /// <param name="headers">The HTTP headers.</param>
    /// <param name="body">The body.</param>
    /// <exception cref="RequestException">It is malformed.</exception>
    public static InferRequest Read(IHeaderDictionary headers, ReadOnlyMemory<byte> body)
    {
        ReadOnlyMemory<byte> json = body;
        ReadOnlyMemory<byte> binary = default;
        if (headers.TryGetValue(LengthHeader, out var stated))
        {
            if (!int.TryParse(stated.ToString(), out int length) || length < 0 || length > body.Length)
            {
                throw InferJson.Wrong(LengthHeader, "The length of the JSON is wrong", $"from 0 to {body.Length}", stated.ToString());
            }

            if (length == 0)
            {
                return new(null, [InferTensor.OfBody("input", body)], [], true, null);
            }

            json = body[..length];
            binary = body[length..];
        }

        using JsonDocument document = InferJson.Parse(json);
        JsonElement root = document.RootElement.Clone();
        if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("inputs", out JsonElement tensors) || tensors.ValueKind != JsonValueKind.Array || tensors.GetArrayLength() == 0)
        {
            throw InferJson.Wrong("the request", "There are no inputs", "an object with an array `inputs`", root.ValueKind.ToString());
        }

        var inputs = new List<InferTensor>();
        foreach (JsonElement tensor in tensors.EnumerateArray())
        {
            inputs.Add(InferTensor.Read(tensor, ref binary));
        }

        if (!binary.IsEmpty)
        {
            throw InferJson.Wrong("the request", "Binary data follows that belongs to no tensor", "as much as the tensors' `binary_data_size`", $"{binary.Length} bytes more");
        }

        return new(
            root.TryGetProperty("id", out JsonElement id) && id.ValueKind == JsonValueKind.String ? id.GetString() : null,
            inputs,
            root.TryGetProperty("outputs", out JsonElement outputs) && outputs.ValueKind == JsonValueKind.Array
                ? [.. outputs.EnumerateArray().Select(o => new RequestedOutput(InferJson.Text(o, "name", "an output"), InferJson.Flag(o, "binary_data")))]
                : [],
            InferJson.Flag(root, "binary_data_output"),
            root.TryGetProperty("parameters", out JsonElement parameters) && parameters.ValueKind == JsonValueKind.Object ? parameters : null);
    }
}
