using System.Text;
using Regimen.Data;
using Regimen.Datasets;
using Regimen.Prediction;

namespace Regimen.Serving;

/// <summary>The inputs of a model as tensors, and the samples of a request's tensors.</summary>
internal static class InferSamples
{
    /// <summary>The name of the only input of a model of images, arrays or text.</summary>
    public const string Input = "input";

    /// <summary>The inputs as the model's metadata lists them: one tensor per column of a table, else one named <c>input</c>.</summary>
    public static IEnumerable<(string Name, string Datatype, long[] Shape)> Inputs(Predictor predictor)
    {
        if (predictor.Table is { } table)
        {
            return table.Columns.Select((name, i) => (name, table.IsNumeric(i) ? "FP64" : "BYTES", (long[])[-1]));
        }

        return predictor.Tokenizer is not null
            ? [(Input, "BYTES", [-1])]
            : [(Input, "FP32", [-1, .. predictor.SampleShape.Dimensions.Select(d => (long)d)])];
    }

    /// <summary>Returns the samples of a request.</summary>
    /// <exception cref="RequestException">The tensors are not those of the model.</exception>
    public static IDataset Of(Predictor predictor, IReadOnlyList<InferTensor> tensors)
    {
        if (predictor.Table is { } table)
        {
            return OfColumns(table, tensors);
        }

        InferTensor input = Only(tensors);
        if (predictor.Images is { } images && input.IsBytes)
        {
            return OfImages(images, input);
        }

        if (predictor.Context.Inputs.Count > 1)
        {
            throw predictor.Other("one tensor", "Models with several inputs are served if they were trained with data=csv.");
        }

        if (!input.Shape.Skip(1).SequenceEqual(predictor.SampleShape.Dimensions.Select(d => (long)d)))
        {
            throw InferJson.Wrong(input.Name, "The tensor has another shape than the model's samples", $"[samples, {string.Join(", ", predictor.SampleShape.Dimensions)}]", $"[{string.Join(", ", input.Shape)}]");
        }

        return predictor.Images is not null && input.Datatype == "UINT8" ? predictor.Images.Samples(input.Pixels())
            : input.Datatype == "FP32" ? InputSamples.Of(input.Floats(), predictor.SampleShape, predictor.RoundFirst)
            : InputSamples.Of(input.Doubles(), predictor.SampleShape, predictor.RoundFirst || predictor.Images is not null);
    }

    /// <summary>Returns the only tensor of a request.</summary>
    public static InferTensor Only(IReadOnlyList<InferTensor> tensors) => tensors is [{ Name: Input } only] ? only : throw InferJson.Wrong(
        "inputs", "The model has other inputs", $"one, named {Input}", string.Join(", ", tensors.Select(t => t.Name)));

    private static IDataset OfImages(ImageInput images, InferTensor input)
    {
        List<byte[]> encoded = input.Bytes(isBase64: true);
        int size = images.Shape.Elements;
        byte[] pixels = new byte[checked(encoded.Count * size)];
        var refused = new RequestException?[encoded.Count];
        Parallel.For(0, encoded.Count, i =>
        {
            try
            {
                images.Decode($"image {i}, counted from 0", encoded[i], pixels.AsSpan(i * size, size));
            }
            catch (RequestException exception)
            {
                refused[i] = exception;
            }
        });
        Problem[] problems = [.. refused.OfType<RequestException>().SelectMany(r => r.Problems)];
        return problems.Length == 0 ? images.Samples(pixels) : throw new RequestException(problems);
    }

    private static IDataset OfColumns(TableInput table, IReadOnlyList<InferTensor> tensors)
    {
        Problem[] problems =
        [
            .. table.Columns.Where(c => tensors.Count(t => t.Name == c) != 1).Select(c => table.Missing(c, tensors.Select(t => t.Name), "inputs")),
            .. tensors.Where(t => t.Elements != tensors[0].Elements).Select(t => new Problem("The tensors have different numbers of rows") { Where = t.Name, Expected = $"{tensors[0].Elements}", Received = $"{t.Elements}" }),
        ];
        if (problems.Length > 0)
        {
            throw new RequestException(problems);
        }

        object?[][] columns = [.. table.Columns.Select(c => Values(tensors.Single(t => t.Name == c)))];
        Dictionary<string, object?>[] rows = [.. Enumerable.Range(0, tensors[0].Elements).Select(row => table.Columns.Index().ToDictionary(c => c.Item, c => columns[c.Index][row]))];
        return table.Samples(rows, row => $"row {row}, counted from 0");
    }

    private static object?[] Values(InferTensor column) => column.IsBytes
        ? [.. column.Bytes(isBase64: false).Select(b => Encoding.UTF8.GetString(b))]
        : [.. column.Doubles().Select(d => (object)d)];
}
