using System.Text.Json.Nodes;
using Regimen.Graphs;
using static TorchSharp.torch;

namespace Regimen.Exporting;

/// <summary>Adds the encoding of a table's columns to a graph. Each column is an input <c>[batch, 1]</c>: float64 for numbers, NaN for a missing
/// one; text for categories.</summary>
internal static class TableNodes
{
    /// <summary>Adds the inputs and the encoding.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="encoding">The encoding, as in the model's metadata.</param>
    /// <returns>The rows, float32 <c>[batch, width]</c>.</returns>
    public static GraphValue Add(ModelGraph graph, JsonObject encoding)
    {
        string[] missing = [.. encoding["missing_values"]!.AsArray().Select(v => v!.GetValue<string>())];
        bool ignoresUnknown = encoding["ignore_unknown"]!.GetValue<bool>();
        return graph.Concat(1, [.. encoding["features"]!.AsArray().Select(f => f!["kind"]!.GetValue<string>() == "numeric"
            ? Numbers(graph, f!.AsObject())
            : Categories(graph, f!.AsObject(), missing, ignoresUnknown))]);
    }

    private static GraphValue Numbers(ModelGraph graph, JsonObject feature)
    {
        GraphValue value = graph.Input(new GraphPort(feature["name"]!.GetValue<string>(), GraphType.Float64, ["batch", 1]));
        if (feature["fill"]?.GetValue<double>() is { } fill)
        {
            value = graph.Operator("Where", [graph.Operator("IsNaN", [value]), Number(graph, fill), value]);
        }

        GraphValue centred = graph.Operator("Sub", [value, Number(graph, feature["offset"]!.GetValue<double>())]);
        return graph.Cast(graph.Operator("Div", [centred, Number(graph, feature["scale"]!.GetValue<double>())]), GraphType.Float32);
    }

    private static GraphValue Categories(ModelGraph graph, JsonObject feature, string[] missing, bool ignoresUnknown)
    {
        string[] words = [.. feature["words"]!.AsArray().Select(w => w!.GetValue<string>())];
        GraphValue value = graph.Input(new GraphPort(feature["name"]!.GetValue<string>(), GraphType.Text, ["batch", 1]));
        GraphValue code = Codes(graph, value, words, feature["fill"]?.GetValue<string>(), missing, unknown: words.Length);

        // A row of zeros for an unknown category. Without it, the index is out of bounds, and the runtime refuses the call.
        Tensor rows = eye(words.Length);
        GraphValue table = graph.Constant(ignoresUnknown ? cat([rows, zeros(1, words.Length)]) : rows);
        return graph.Operator("Gather", [table, graph.Operator("Squeeze", [code, graph.Constant(1L)])], ("axis", 0));
    }

    /// <summary>The index of each category, int64 <c>[batch, 1]</c>.</summary>
    internal static GraphValue Codes(ModelGraph graph, GraphValue value, string[] words, string? fill, string[] missing, long unknown)
    {
        string[] filled = fill is null ? [] : [.. missing.Except(words)];
        long fillIndex = fill is null ? unknown : Array.IndexOf(words, fill);
        long[] codes = [.. Enumerable.Range(0, words.Length).Select(i => (long)i), .. filled.Select(_ => fillIndex < 0 ? unknown : fillIndex)];
        return graph.Operators(
            "LabelEncoder",
            [value],
            [true],
            "ai.onnx.ml",
            ("keys_strings", (string[])[.. words, .. filled]),
            ("values_int64s", codes),
            ("default_int64", unknown))[0];
    }

    private static GraphValue Number(ModelGraph graph, double value) => graph.Constant(value);
}
