using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.RegularExpressions;
using Regimen.Files;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Regimen.Listing;

/// <summary>Reads the keys of a recorded config without knowing its parts: any config.yaml, of any version and any program. Sizes are limited,
/// anchors and aliases are refused.</summary>
internal static partial class ConfigFlattener
{
    private const int LargestFile = 1 << 20;
    private const int Deepest = 16;
    private const int MostNodes = 20_000;
    private static readonly JsonWriterOptions Compact = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Reads a file.</summary>
    /// <exception cref="RequestException">It is missing, too large, or not a config.</exception>
    public static ConfigKeys Read(string path)
    {
        using FileStream file = InputFile.OpenRegular(path);
        if (file.Length > LargestFile)
        {
            throw Damaged(path, $"it has {file.Length} bytes, more than {LargestFile}");
        }

        try
        {
            using var text = new StreamReader(file, Encoding.UTF8);
            var parser = new Parser(new Scanner(text, skipComments: true));
            var keys = new List<KeyValuePair<string, string>>();
            parser.Consume<StreamStart>();
            if (parser.TryConsume<DocumentStart>(out _))
            {
                int nodes = 0;
                Flatten(parser, string.Empty, 1, ref nodes, keys);
            }

            return ConfigKeys.Of(keys);
        }
        catch (Exception exception) when (exception is YamlException or InvalidOperationException or ArgumentException or FormatException or OverflowException or IOException)
        {
            throw Damaged(path, exception.Message, exception);
        }
    }

    private static void Flatten(Parser parser, string above, int depth, ref int nodes, List<KeyValuePair<string, string>> keys)
    {
        parser.Consume<MappingStart>();
        int before = keys.Count;
        while (!parser.TryConsume<MappingEnd>(out _))
        {
            string key = above + KeyOf(parser.Consume<Scalar>());
            Count(ref nodes, depth);
            if (parser.Current is MappingStart)
            {
                Flatten(parser, key + ".", depth + 1, ref nodes, keys);
            }
            else
            {
                keys.Add(new(key, Json(parser, depth, ref nodes)));
            }
        }

        if (keys.Count == before && above.Length > 0)
        {
            keys.Add(new(above[..^1], "{}"));
        }
    }

    /// <summary>Reads a value as JSON text.</summary>
    private static string Json(Parser parser, int depth, ref int nodes)
    {
        if (parser.Current is Scalar only)
        {
            parser.MoveNext();
            return only is { Style: ScalarStyle.Plain, Anchor.IsEmpty: true } && LiteralPattern().IsMatch(only.Value) ? only.Value : Quote(only);
        }

        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes, Compact))
        {
            Write(json, parser, depth, ref nodes);
        }

        return Encoding.UTF8.GetString(bytes.GetBuffer(), 0, (int)bytes.Length);
    }

    private static void Write(Utf8JsonWriter json, Parser parser, int depth, ref int nodes)
    {
        Count(ref nodes, depth);
        switch (parser.Current)
        {
            case Scalar:
                json.WriteRawValue(Json(parser, depth, ref nodes));
                break;
            case SequenceStart:
                parser.MoveNext();
                json.WriteStartArray();
                while (!parser.TryConsume<SequenceEnd>(out _))
                {
                    Write(json, parser, depth + 1, ref nodes);
                }

                json.WriteEndArray();
                break;
            case MappingStart:
                parser.MoveNext();
                json.WriteStartObject();
                while (!parser.TryConsume<MappingEnd>(out _))
                {
                    json.WritePropertyName(KeyOf(parser.Consume<Scalar>()));
                    Write(json, parser, depth + 1, ref nodes);
                }

                json.WriteEndObject();
                break;
            default:
                throw new SemanticErrorException(parser.Current!.Start, parser.Current.End, "an alias, or a value is missing");
        }
    }

    private static string Quote(Scalar scalar) => scalar.Anchor.IsEmpty
        ? $"\"{JavaScriptEncoder.UnsafeRelaxedJsonEscaping.Encode(scalar.Value)}\""
        : throw new SemanticErrorException(scalar.Start, scalar.End, "an anchor");

    private static string KeyOf(Scalar key) => key.Value.Length > 0 && !key.Value.Any(char.IsControl) ? key.Value : throw new SemanticErrorException(key.Start, key.End, "a key is empty or has control characters");

    private static void Count(ref int nodes, int depth)
    {
        if (++nodes > MostNodes || depth > Deepest)
        {
            throw new InvalidOperationException($"more than {MostNodes} values or {Deepest} levels");
        }
    }

    private static RequestException Damaged(string path, string reason, Exception? inner = null) => new(new Problem($"The run's config can't be read: {reason}") { Where = path }, inner);

    /// <summary>What is the same in YAML and JSON: a number, true, false, null.</summary>
    [GeneratedRegex(@"^(-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?|true|false|null)$", RegexOptions.CultureInvariant)]
    private static partial Regex LiteralPattern();
}
