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
                columns.Add(OneHot(graph, feature, encoder.MissingValues, encoder.IgnoresUnknown));
            }
            else
            {
                inputs.Add(feature.CodeField, Code(graph, feature, encoder.MissingValues, encoder.IgnoresUnknown));
            }
        }

        if (columns.Count > 0)
        {
            inputs.Add(Field.Input, graph.Concat(1, columns));
        }

        return inputs;
    }

    private static GraphValue Number(ModelGraph graph, TableFeature feature)
    {
        GraphValue value = graph.Input(new GraphPort(feature.Name, GraphType.Float64, ["batch", 1]));
        if (feature.Fill is { } fill)
        {
            value = graph.Operator("Where", [graph.Operator("IsNaN", [value]), graph.Constant(fill), value]);
        }

        GraphValue centred = graph.Operator("Sub", [value, graph.Constant(feature.Offset)]);
        return graph.Cast(graph.Operator("Div", [centred, graph.Constant(feature.Scale)]), GraphType.Float32);
    }

    private static GraphValue OneHot(ModelGraph graph, TableFeature feature, IReadOnlyList<string> missing, bool ignoresUnknown)
    {
        int count = feature.Words.Count;
        GraphValue index = Lookup(graph, feature, missing, first: 0, unknown: count);

        // A row of zeros for an unknown category. Without it, the index is out of bounds, and the runtime refuses the call.
        Tensor rows = eye(count);
        GraphValue table = graph.Constant(ignoresUnknown ? cat([rows, zeros(1, count)]) : rows);
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
