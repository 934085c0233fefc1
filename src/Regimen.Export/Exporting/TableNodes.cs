using Regimen.Data;
using Regimen.Graphs;
using static TorchSharp.torch;

namespace Regimen.Exporting;

/// <summary>Adds the encoding of a table's columns to a graph. Each column is an input <c>[batch, 1]</c>: float64 for numbers, NaN for a missing
/// one; text for categories.</summary>
internal static class TableNodes
{
    /// <summary>Adds the inputs and the encoding.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="encoder">The encoding of the model's metadata.</param>
    /// <returns>The model's inputs by name: the rows, float32 <c>[batch, width]</c>, and the codes of columns, int64 <c>[batch]</c>.</returns>
    public static IReadOnlyDictionary<string, GraphValue> Add(ModelGraph graph, TableRowEncoder encoder)
    {
        RequirePossible(encoder);
        var inputs = new Dictionary<string, GraphValue>();
        var columns = new List<GraphValue>();
        foreach (TableFeature feature in encoder.Features)
        {
            if (feature.Kind == TableColumnKind.Numeric)
            {
                columns.Add(Number(graph, feature));
            }
            else if (feature.CodeField is null)
            {
                columns.Add(OneHot(graph, feature, encoder.MissingValues, feature.IgnoresUnknown ?? encoder.IgnoresUnknown));
            }
            else
            {
                inputs.Add(feature.CodeField, Code(graph, feature, encoder.MissingValues, feature.IgnoresUnknown ?? encoder.IgnoresUnknown));
            }
        }

        if (columns.Count > 0)
        {
            inputs.Add(Field.Input, graph.Concat(1, columns));
        }

        return inputs;
    }

    /// <exception cref="RequestException">A column has a pre-processing that a graph does not have.</exception>
    private static void RequirePossible(TableRowEncoder encoder)
    {
        Problem[] problems =
        [
            .. encoder.Features.Where(f => f.Kind == TableColumnKind.Date || f.Quantiles.Count > 0 || (f.HasIndicator && f.Kind == TableColumnKind.Categorical)).Select(f
                => new Problem($"The pre-processing of the column {f.Name} can't be exported")
                {
                    Where = "--preprocessing",
                    Expected = "columns without parts of dates, quantile scaling and indicators of missing categories",
                    Received = f.Kind == TableColumnKind.Date ? "parts of a date" : f.Quantiles.Count > 0 ? "scaling=quantile" : "missing_indicator of a categorical column",
                    Hint = "Without --preprocessing the model takes encoded rows. regimen predict and regimen serve have the pre-processing.",
                }),
        ];
        if (problems.Length > 0)
        {
            throw new RequestException(problems);
        }
    }

    private static GraphValue Number(ModelGraph graph, TableFeature feature)
    {
        GraphValue value = graph.Input(new GraphPort(feature.Name, GraphType.Float64, ["batch", 1]));
        GraphValue? indicator = feature.HasIndicator ? graph.Cast(graph.Operator("IsNaN", [value]), GraphType.Float32) : null;
        if (feature.Fill is { } fill)
        {
            value = graph.Operator("Where", [graph.Operator("IsNaN", [value]), graph.Constant(fill), value]);
        }

        GraphValue centred = graph.Operator("Sub", [value, graph.Constant(feature.Offset)]);
        GraphValue number = graph.Cast(graph.Operator("Div", [centred, graph.Constant(feature.Scale)]), GraphType.Float32);
        return indicator is null ? number : graph.Concat(1, [number, indicator]);
    }

    private static GraphValue OneHot(ModelGraph graph, TableFeature feature, IReadOnlyList<string> missing, bool ignoresUnknown)
    {
        int count = feature.Words.Count;
        GraphValue index = Lookup(graph, feature, missing, first: 0, unknown: count);

        // A row of zeros for an unknown category. Without it, the index is out of bounds, and the runtime refuses the call.
        Tensor rows = eye(feature.ValueWidth);
        GraphValue table = graph.Constant(ignoresUnknown && !feature.HasBucket ? cat([rows, zeros(1, count)]) : rows);
        return graph.Operator("Gather", [table, index], ("axis", 0));
    }

    private static GraphValue Code(ModelGraph graph, TableFeature feature, IReadOnlyList<string> missing, bool ignoresUnknown)
        => ignoresUnknown
            ? Lookup(graph, feature, missing, first: 1, TableFeature.UnknownCode)

            // Out of bounds for the embedding, so that the runtime refuses the call.
            : Lookup(graph, feature, missing, first: 1, unknown: feature.Cardinality);

    /// <summary>The index of each category plus that of the first one, int64 <c>[batch]</c>.</summary>
    private static GraphValue Lookup(ModelGraph graph, TableFeature feature, IReadOnlyList<string> missing, long first, long unknown)
    {
        GraphValue value = graph.Input(new GraphPort(feature.Name, GraphType.Text, ["batch", 1]));
        int fill = feature.FillWord is { } word ? feature.IndexOf(word) : -1;
        string[] filled = feature.FillWord is null ? [] : [.. missing.Except(feature.Words)];
        long[] codes = [.. feature.Words.Select((_, i) => first + i), .. filled.Select(_ => fill < 0 ? unknown : first + fill)];
        GraphValue code = graph.Operators(
            "LabelEncoder",
            [value],
            [true],
            "ai.onnx.ml",
            ("keys_strings", (string[])[.. feature.Words, .. filled]),
            ("values_int64s", codes),
            ("default_int64", unknown))[0];
        return graph.Operator("Squeeze", [code, graph.Constant(1L)]);
    }
}
