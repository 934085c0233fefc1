using System.Text.Json.Nodes;
using Regimen.Data;
using Regimen.Graphs;
using Regimen.Transforms;
using static TorchSharp.torch;

namespace Regimen.Exporting;

/// <summary>Adds a model's pre-processing to a graph: from pixels, numbers or a table's columns to the model's inputs.</summary>
internal static class PreprocessingNodes
{
    /// <summary>The step that converts pixels from bytes to 0…1.</summary>
    private const float Pixel = 1 / 255f;

    /// <summary>Adds the inputs of the source and the steps.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="field">The model's input.</param>
    /// <param name="sample">The shape of a sample of the source.</param>
    /// <param name="isPixels">Whether the source has bytes, which are scaled to 0…1.</param>
    /// <param name="steps">The steps of the model's metadata, without an encoding.</param>
    public static GraphValue Add(ModelGraph graph, Field field, SampleShape sample, bool isPixels, IEnumerable<JsonObject> steps)
    {
        IEnumerable<GraphSize> sizes = sample.Dimensions.Select(d => (GraphSize)(long)d);
        GraphValue value = graph.Input(new GraphPort(field.Name, isPixels ? GraphType.UInt8 : GraphType.Float32, ["batch", .. sizes]));
        if (isPixels)
        {
            value = graph.Multiply(graph.Cast(value, GraphType.Float32), graph.Constant(Pixel));
        }

        return Add(graph, value, sample, steps);
    }

    /// <summary>Adds the steps after the inputs.</summary>
    public static GraphValue Add(ModelGraph graph, GraphValue value, SampleShape shape, IEnumerable<JsonObject> steps)
    {
        foreach (JsonObject step in steps)
        {
            (value, shape) = Add(graph, value, shape, step);
        }

        return value;
    }

    private static (GraphValue Value, SampleShape Shape) Add(ModelGraph graph, GraphValue value, SampleShape shape, JsonObject step)
    {
        switch (step["name"]?.ToString())
        {
            case "normalize":
                ChannelScale scale = new Normalize(Numbers(step, "mean"), Numbers(step, "std")).Scale;
                return (graph.Add(graph.Multiply(value, PerChannel(graph, scale.Scale, shape)), PerChannel(graph, scale.Offset, shape)), shape);
            case "standardize":
                GraphValue wide = graph.Cast(value, GraphType.Float64);
                GraphValue centred = graph.Operator("Sub", [wide, Constant(graph, Numbers(step, "mean"), shape)]);
                return (graph.Cast(graph.Operator("Div", [centred, Constant(graph, Numbers(step, "std"), shape)]), GraphType.Float32), shape);
            case "resize":
                (int height, int width) = Size(step);
                GraphValue narrowed = graph.MatMul(value, Resampling(graph, shape.Dimensions[2], width, transposed: true));
                return (graph.MatMul(Resampling(graph, shape.Dimensions[1], height, transposed: false), narrowed), new SampleShape(shape.Dimensions[0], height, width));
            case "center_crop":
                (int newHeight, int newWidth) = Size(step);
                (int top, int left) = CenterCrop.Corner(shape.Dimensions[1], shape.Dimensions[2], newHeight, newWidth);
                GraphValue rows = graph.Slice(value, 2, top, top + newHeight);
                return (graph.Slice(rows, 3, left, left + newWidth), new SampleShape(shape.Dimensions[0], newHeight, newWidth));
            case var name:
                throw new RequestException(new Problem($"Unable to export the pre-processing step '{name}': it has no known equivalent in ONNX")
                {
                    Expected = "normalize, standardize, resize, center_crop, table",
                    Received = step.ToJsonString(),
                    Hint = "Export without --preprocessing: the file then takes the model's input, after this step.",
                });
        }
    }

    /// <summary>The weights of a resampling as a matrix: the sizes are fixed, and an antialiased resize is not in this operator set.</summary>
    private static GraphValue Resampling(ModelGraph graph, int from, int to, bool transposed)
    {
        var taps = new ResampleTaps(from, to);
        var matrix = new float[transposed ? from : to, transposed ? to : from];
        for (int i = 0; i < to; i++)
        {
            ReadOnlySpan<double> weights = taps.Weights(i);
            for (int j = 0; j < weights.Length; j++)
            {
                int at = taps.Start(i) + j;
                matrix[transposed ? at : i, transposed ? i : at] = (float)weights[j];
            }
        }

        return graph.Constant(tensor(matrix));
    }

    private static GraphValue PerChannel(ModelGraph graph, IReadOnlyList<float> values, SampleShape shape)
    {
        Tensor all = tensor(values.ToArray());
        return graph.Constant(values.Count == 1 ? all : all.reshape([values.Count, .. Enumerable.Repeat(1L, shape.Rank - 1)]));
    }

    private static GraphValue Constant(ModelGraph graph, double[] values, SampleShape shape)
        => graph.Constant(tensor(values).reshape([.. shape.Dimensions.Select(d => (long)d)]));

    private static double[] Numbers(JsonObject step, string key) => [.. step[key]!.AsArray().Select(n => n!.GetValue<double>())];

    private static (int Height, int Width) Size(JsonObject step)
    {
        int[] size = [.. step["size"]!.AsArray().Select(n => n!.GetValue<int>())];
        return (size[0], size[^1]);
    }
}
