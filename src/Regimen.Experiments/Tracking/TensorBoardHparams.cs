using System.Text.Json;
using System.Text.Json.Nodes;
using Google.Protobuf;
using Tensorboard;
using Value = Google.Protobuf.WellKnownTypes.Value;

namespace Regimen.Tracking;

/// <summary>The summaries of TensorBoard's page for hyperparameters. Their content is a message of the plugin (its plugin_data.proto and api.proto),
/// encoded here field by field.</summary>
internal static class TensorBoardHparams
{
    private const string Plugin = "hparams";

    // The fields of HParamsPluginData.
    private const int Experiment = 2;
    private const int SessionStart = 3;
    private const int SessionEnd = 4;

    /// <summary>The keys and the metrics that the page shows as columns.</summary>
    /// <param name="keys">The value of each key of the config.</param>
    /// <param name="metrics">The tags of the results.</param>
    /// <param name="seconds">The time, in seconds since 1970.</param>
    public static Summary.Types.Value OfExperiment(IReadOnlyDictionary<string, JsonNode?> keys, IReadOnlyList<string> metrics, double seconds)
        => Summarize(TensorBoardTags.Experiment, Experiment, message =>
        {
            Write(message, 3, seconds);
            foreach ((string key, JsonNode? value) in keys)
            {
                // HParamInfo: name, type (1 string, 2 truth value, 3 number).
                Write(message, 4, inner =>
                {
                    Write(inner, 1, key);
                    inner.WriteTag(4, WireFormat.WireType.Varint);
                    inner.WriteInt32(Of(value).KindCase switch { Value.KindOneofCase.NumberValue => 3, Value.KindOneofCase.BoolValue => 2, _ => 1 });
                });
            }

            foreach (string metric in metrics)
            {
                // MetricInfo: name (MetricName: tag), display_name.
                Write(message, 5, inner =>
                {
                    Write(inner, 1, name => Write(name, 2, metric));
                    Write(inner, 3, metric[TensorBoardTags.Final.Length..]);
                });
            }
        });

    /// <summary>The values of the run's keys.</summary>
    public static Summary.Types.Value OfStart(IReadOnlyDictionary<string, JsonNode?> keys, double seconds)
        => Summarize(TensorBoardTags.SessionStart, SessionStart, message =>
        {
            foreach ((string key, JsonNode? value) in keys)
            {
                // An entry of map<string, google.protobuf.Value>.
                Write(message, 1, entry =>
                {
                    Write(entry, 1, key);
                    entry.WriteTag(2, WireFormat.WireType.LengthDelimited);
                    entry.WriteMessage(Of(value));
                });
            }

            Write(message, 5, seconds);
        });

    /// <summary>How the run ended.</summary>
    public static Summary.Types.Value OfEnd(bool succeeded, double seconds) => Summarize(TensorBoardTags.SessionEnd, SessionEnd, message =>
    {
        message.WriteTag(1, WireFormat.WireType.Varint);
        message.WriteInt32(succeeded ? 1 : 2);
        Write(message, 2, seconds);
    });

    /// <summary>The page compares texts, numbers and truth values; lists and null become texts.</summary>
    private static Value Of(JsonNode? value) => value?.GetValueKind() switch
    {
        JsonValueKind.True => Value.ForBool(true),
        JsonValueKind.False => Value.ForBool(false),
        JsonValueKind.Number => Value.ForNumber(double.Parse(value.ToJsonString(), System.Globalization.CultureInfo.InvariantCulture)),
        JsonValueKind.String => Value.ForString(value.GetValue<string>()),
        _ => Value.ForString(value?.ToJsonString() ?? "null"),
    };

    private static Summary.Types.Value Summarize(string tag, int field, Action<CodedOutputStream> write)
    {
        byte[] content = Encode(message => Write(message, field, write));
        return new Summary.Types.Value
        {
            Tag = tag,
            Metadata = new SummaryMetadata { PluginData = new() { PluginName = Plugin, Content = ByteString.CopyFrom(content) }, DataClass = DataClass.Tensor },
            Tensor = new TensorProto { Dtype = DataType.DtFloat, TensorShape = new TensorShapeProto() },
        };
    }

    private static void Write(CodedOutputStream message, int field, string text)
    {
        message.WriteTag(field, WireFormat.WireType.LengthDelimited);
        message.WriteString(text);
    }

    private static void Write(CodedOutputStream message, int field, double number)
    {
        message.WriteTag(field, WireFormat.WireType.Fixed64);
        message.WriteDouble(number);
    }

    private static void Write(CodedOutputStream message, int field, Action<CodedOutputStream> inner)
    {
        message.WriteTag(field, WireFormat.WireType.LengthDelimited);
        message.WriteBytes(ByteString.CopyFrom(Encode(inner)));
    }

    private static byte[] Encode(Action<CodedOutputStream> write)
    {
        using var bytes = new MemoryStream();
        using (var message = new CodedOutputStream(bytes, leaveOpen: true))
        {
            write(message);
        }

        return bytes.ToArray();
    }
}
