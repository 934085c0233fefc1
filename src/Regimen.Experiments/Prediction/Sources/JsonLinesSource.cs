using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Regimen.Data;
using Regimen.Datasets;
using Regimen.Files;

namespace Regimen.Prediction;

/// <summary>Reads samples from lines of JSON: an object by column for a table, an array of numbers for other models. A line that is invalid is
/// reported, and the next one is read.</summary>
internal sealed class JsonLinesSource(Predictor predictor, int together, Action<IReadOnlyList<Problem>> refused)
{
    private const int LongestLine = 64 << 20;

    /// <summary>Reads the lines.</summary>
    /// <param name="name">The name in messages and results.</param>
    /// <param name="stream">The text.</param>
    public IEnumerable<InputBlock> Read(string name, Stream stream)
    {
        using var lines = new StreamReader(stream);
        List<string> names = [];
        List<PreparedSamples> samples = [];
        int line = 0;
        while (ReadLine(lines, name, line + 1) is { } text)
        {
            line++;
            if (string.IsNullOrWhiteSpace(text))
            {
                continue;
            }

            string place = string.Create(CultureInfo.InvariantCulture, $"{name}({line})");
            try
            {
                samples.Add(predictor.Prepare(JsonSample.Parse(predictor, text, place)));
                names.Add(place);
            }
            catch (RequestException exception)
            {
                refused(exception.Problems);
            }

            if (names.Count == together)
            {
                yield return new InputBlock([.. names], [.. samples]);
                names.Clear();
                samples.Clear();
            }
        }

        if (names.Count > 0)
        {
            yield return new InputBlock(names, samples);
        }
    }

    private static string? ReadLine(StreamReader lines, string name, int line)
    {
        string? text = lines.ReadLine();
        return text is { Length: > LongestLine } ? throw new RequestException(
            new Problem("A line is too long") { Where = $"{name}({line})", Expected = $"at most {LongestLine >> 20} MB" }) : text;
    }
}

/// <summary>A sample written as JSON.</summary>
internal static class JsonSample
{
    /// <summary>Parses a sample: an object by column for a table, nested arrays of numbers for other models.</summary>
    /// <exception cref="RequestException">It is not a sample of the model.</exception>
    public static IDataset Parse(Predictor predictor, string json, string place)
    {
        JsonNode node;
        try
        {
            node = StrictJson.Parse(json);
        }
        catch (JsonException exception)
        {
            throw new RequestException(new Problem("The line is not valid JSON") { Where = place, Received = exception.Message.Split('\n')[0] }, exception);
        }

        return Of(predictor, [node], _ => place);
    }

    /// <summary>Returns the samples of JSON values, as <see cref="Parse"/> does for one.</summary>
    public static IDataset Of(Predictor predictor, IReadOnlyList<JsonNode?> nodes, Func<int, string> place)
    {
        if (nodes.All(n => n is JsonObject))
        {
            return predictor.RequireTable().Samples([.. nodes.Select((n, i) => n!.AsObject().ToDictionary(p => p.Key, p => Value(p.Value, $"{place(i)}, column {p.Key}")))], place);
        }

        int size = predictor.SampleShape.Elements;
        var values = new List<double>();
        for (int i = 0; i < nodes.Count; i++)
        {
            if (predictor.Table is not null || predictor.Tokenizer is not null || nodes[i] is not JsonArray array)
            {
                throw predictor.Other($"JSON: {CsvField.Short(nodes[i]?.ToJsonString() ?? "null")}", "A table's row is an object by column, another sample an array of numbers.");
            }

            int before = values.Count;
            Flatten(array, values, before + size, place(i), depth: 0);
            if (values.Count != before + size)
            {
                throw new RequestException(new Problem("The number of values is not that of a sample")
                {
                    Where = place(i),
                    Expected = $"{size}: a sample is {predictor.SampleShape}",
                    Received = $"{values.Count - before}",
                });
            }
        }

        return InputSamples.Of([.. values.Select(v => (float)v)], predictor.SampleShape, predictor.RoundFirst, place);
    }

    /// <summary>Returns a value of a table's row.</summary>
    public static object? Value(JsonNode? node, string place) => node switch
    {
        null => null,
        JsonValue value when value.GetValueKind() == JsonValueKind.String => value.GetValue<string>(),
        JsonValue value when value.GetValueKind() == JsonValueKind.Number => value.TryGetValue(out long whole) ? whole : value.GetValue<double>(),
        JsonValue value => value.GetValueKind() == JsonValueKind.True ? "true" : "false",
        _ => throw new RequestException(new Problem("The value is not that of a cell") { Where = place, Expected = "a number, a text or null", Received = CsvField.Short(node.ToJsonString()) }),
    };

    private static void Flatten(JsonArray array, List<double> values, int most, string place, int depth)
    {
        foreach (JsonNode? node in array)
        {
            if (node is JsonArray inner && depth < 8)
            {
                Flatten(inner, values, most, place, depth + 1);
            }
            else if (node is JsonValue value && value.GetValueKind() == JsonValueKind.Number && value.TryGetValue(out double number) && values.Count <= most)
            {
                values.Add(number);
            }
            else
            {
                throw new RequestException(new Problem(values.Count > most ? "There are more values than in a sample" : "A value is not a number")
                {
                    Where = place,
                    Expected = values.Count > most ? $"{most}" : "numbers in arrays",
                    Received = values.Count > most ? null : CsvField.Short(node?.ToJsonString() ?? "null"),
                });
            }
        }
    }
}
