using System.Text.Json.Nodes;
using Regimen.Engine;
using static TorchSharp.torch;

namespace Regimen.Exporting;

/// <summary>The raw columns of encoded rows of a table, for a comparison.</summary>
internal sealed class TableColumns
{
    private readonly IReadOnlyList<(string Name, double[]? Numbers, string[]? Words)> _columns;

    private TableColumns(IReadOnlyList<(string Name, double[]? Numbers, string[]? Words)> columns) => _columns = columns;

    /// <summary>Reverses the encoding of rows, <c>[rows, width]</c>.</summary>
    public static TableColumns Of(JsonObject encoding, Tensor rows)
    {
        ReadOnlySpan<float> values = TensorMemory.Span<float>(rows);
        (int count, int width) = ((int)rows.size(0), (int)rows.size(1));
        var columns = new List<(string, double[]?, string[]?)>();
        int at = 0;
        foreach (JsonNode? feature in encoding["features"]!.AsArray())
        {
            string name = feature!["name"]!.GetValue<string>();
            if (feature["kind"]!.GetValue<string>() == "numeric")
            {
                var numbers = new double[count];
                for (int i = 0; i < count; i++)
                {
                    numbers[i] = (values[(i * width) + at] * feature["scale"]!.GetValue<double>()) + feature["offset"]!.GetValue<double>();
                }

                columns.Add((name, numbers, null));
                at++;
                continue;
            }

            string[] known = [.. feature["words"]!.AsArray().Select(w => w!.GetValue<string>())];
            var words = new string[count];
            for (int i = 0; i < count; i++)
            {
                int place = values.Slice((i * width) + at, known.Length).IndexOf(1f);

                // Only an unknown category is encoded as zeros.
                words[i] = place < 0 ? $"not {string.Concat(known)}" : known[place];
            }

            columns.Add((name, null, words));
            at += known.Length;
        }

        return new TableColumns(columns);
    }

    /// <summary>The columns of some rows: float64 <c>[rows, 1]</c>, or a text for each row.</summary>
    public IReadOnlyDictionary<string, object> Feed(int start, int count) => _columns.ToDictionary(
        c => c.Name,
        c => c.Numbers is { } numbers ? (object)tensor(numbers[start..(start + count)]).reshape(count, 1) : c.Words![start..(start + count)]);
}
