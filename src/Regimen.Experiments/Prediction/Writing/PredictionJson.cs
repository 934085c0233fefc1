using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Regimen.Prediction;

/// <summary>Writes predictions as JSON.</summary>
internal static class PredictionJson
{
    private static readonly JsonWriterOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Returns a prediction as an object on one line.</summary>
    /// <param name="name">The name of the input; null to leave it out.</param>
    /// <param name="result">The prediction.</param>
    /// <param name="top">The number of classes with their probabilities, in descending order; null for all in the order of their indices.</param>
    /// <param name="mask">The file of a mask; null where none was written.</param>
    public static string Line(string? name, PredictionResult result, int? top, string? mask = null) => Line(json => Write(json, name, result, top, mask));

    /// <summary>Returns a continued text as an object on one line.</summary>
    public static string Line(string name, string text) => Line(json =>
    {
        json.WriteString("input", name);
        json.WriteString("text", text);
    });

    /// <summary>Writes the properties of a prediction.</summary>
    public static void Write(Utf8JsonWriter json, string? name, PredictionResult result, int? top, string? mask = null)
    {
        if (name is not null)
        {
            json.WriteString("input", name);
        }

        if (result.Classes.Count == 0)
        {
            json.WriteStartArray("values");
            foreach (double value in result.Values)
            {
                Number(json, value);
            }

            json.WriteEndArray();
            return;
        }

        if (result.Mask is { } pixels)
        {
            json.WriteString("mask", mask);
            json.WriteStartObject("pixels");
            for (int i = 0; i < result.Classes.Count; i++)
            {
                json.WriteNumber(result.Classes[i], pixels.ShareOf(i));
            }

            json.WriteEndObject();
            return;
        }

        if (result.IsOfLabels)
        {
            json.WriteStartArray("labels");
            foreach (string label in result.Labels)
            {
                json.WriteStringValue(label);
            }

            json.WriteEndArray();
        }
        else
        {
            json.WriteString("class", result.Class);
            json.WritePropertyName("probability");
            Number(json, result.Probability);
        }

        json.WriteStartObject("probabilities");
        foreach (ClassProbability one in top is { } count ? result.Top(count) : result.Classes.Zip(result.ByIndex, (c, p) => new ClassProbability(c, p)))
        {
            json.WritePropertyName(one.Class);
            Number(json, one.Probability);
        }

        json.WriteEndObject();
    }

    private static string Line(Action<Utf8JsonWriter> write)
    {
        var bytes = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(bytes, Plain))
        {
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(bytes.WrittenSpan);
    }

    private static void Number(Utf8JsonWriter json, double? value)
    {
        if (value is { } number && double.IsFinite(number))
        {
            json.WriteNumberValue(number);
        }
        else
        {
            json.WriteNullValue();
        }
    }
}
