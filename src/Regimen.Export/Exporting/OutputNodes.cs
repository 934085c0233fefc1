using System.Text.Json.Nodes;
using Regimen.Data;
using Regimen.Engine;
using Regimen.Graphs;
using Regimen.Metrics;
using static TorchSharp.torch;

namespace Regimen.Exporting;

/// <summary>Adds what follows a model's output: probabilities, or numbers in the target's own units.</summary>
internal static class OutputNodes
{
    /// <summary>Adds the nodes. Returns the name of the output and its value; null if the task has no such output.</summary>
    public static (string Name, GraphValue Value)? Add(ModelGraph graph, GraphValue output, PredictionTask task, TargetScale? scale)
    {
        if (task == PredictionTask.Classification || task == PredictionTask.NextToken)
        {
            return ("probabilities", graph.Softmax(output));
        }

        if (task == PredictionTask.Segmentation)
        {
            return ("probabilities", graph.Softmax(output, 1));
        }

        if (task == PredictionTask.Binary || task == PredictionTask.MultiLabel)
        {
            return ("probabilities", graph.Sigmoid(output));
        }

        return task != PredictionTask.Regression ? null : ("values", scale is null ? output : InUnits(graph, output, scale.Describe()));
    }

    /// <summary>Computes the same from a model's output, as a reference. The caller disposes the result.</summary>
    public static Tensor Compute(Tensor output, PredictionTask task, TargetScale? scale)
    {
        if (task == PredictionTask.Classification || task == PredictionTask.NextToken)
        {
            return output.softmax(-1);
        }

        if (task == PredictionTask.Segmentation)
        {
            return output.softmax(1);
        }

        if (task == PredictionTask.Binary || task == PredictionTask.MultiLabel)
        {
            return output.sigmoid();
        }

        if (scale is null)
        {
            return output.alias();
        }

        Tensor values = output.contiguous().clone();
        Span<float> span = TensorMemory.Span<float>(values);
        int size = (int)(values.numel() / values.size(0));
        for (int i = 0; i < span.Length; i++)
        {
            span[i] = (float)scale.From(span[i], i % size);
        }

        return values;
    }

    private static GraphValue InUnits(ModelGraph graph, GraphValue output, JsonObject scale)
    {
        GraphValue wide = graph.Cast(output, GraphType.Float64);
        GraphValue value = graph.Operator("Add", [graph.Operator("Mul", [wide, Numbers("std")]), Numbers("mean")]);
        if (scale["type"]!.GetValue<string>() == "log")
        {
            value = graph.Operator("Sub", [graph.Operator("Exp", [value]), graph.Constant(1.0)]);
        }

        return graph.Cast(value, GraphType.Float32);

        GraphValue Numbers(string key) => graph.Constant(tensor(scale[key]!.AsArray().Select(n => n!.GetValue<double>()).ToArray()));
    }
}
