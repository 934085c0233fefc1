using System.Buffers.Binary;
using System.Globalization;
using System.Text.Encodings.Web;

namespace Regimen.Exchange;

/// <summary>What the event files of one TensorBoard run hold: scalars by their tags, and hyperparameters.</summary>
internal sealed class TensorBoardEvents
{
    private const int MostTags = 10_000;
    private const int MostPoints = 50_000_000;
    private int _points;

    /// <summary>The scalars of each tag, in the order of the files.</summary>
    public OrderedDictionary<string, List<ScalarPoint>> Scalars { get; } = [];

    /// <summary>The hyperparameters as JSON texts.</summary>
    public OrderedDictionary<string, string> Hyperparameters { get; } = [];

    /// <summary>What could not be read.</summary>
    public List<string> Notes { get; } = [];

    /// <summary>Adds a file. Where it repeats steps of earlier files, as after a restart, it replaces them.</summary>
    public void Add(string name, Stream file)
    {
        var begun = new HashSet<string>();
        int skipped = 0;
        string? problem = RecordFile.Read(file, record =>
        {
            try
            {
                Event(record, begun);
            }
            catch (FormatException)
            {
                skipped++;
            }
        });
        if (problem is not null)
        {
            Notes.Add($"{name}: {problem}; what is in front of it was imported");
        }

        if (skipped > 0)
        {
            Notes.Add($"{name}: {skipped} record(s) are no events and are left out");
        }
    }

    private void Event(ReadOnlySpan<byte> message, HashSet<string> begun)
    {
        double time = 0;
        long step = 0;
        ReadOnlySpan<byte> summary = default;
        var fields = new WireReader(message);
        while (fields.Next())
        {
            switch (fields.Field)
            {
                case 1:
                    time = fields.Double;
                    break;
                case 2:
                    step = (long)fields.Number;
                    break;
                case 5:
                    summary = fields.Bytes;
                    break;
            }
        }

        var values = new WireReader(summary);
        while (values.Next())
        {
            if (values.Field == 1)
            {
                Value(values.Bytes, time, step, begun);
            }
        }
    }

    private void Value(ReadOnlySpan<byte> message, double time, long step, HashSet<string> begun)
    {
        string tag = string.Empty;
        double? number = null;
        var fields = new WireReader(message);
        while (fields.Next())
        {
            switch (fields.Field)
            {
                case 1:
                    tag = fields.Text;
                    break;
                case 2:
                    number = fields.Single;
                    break;
                case 8:
                    number = Tensor(fields.Bytes);
                    break;
                case 9:
                    Metadata(fields.Bytes);
                    break;
            }
        }

        if (number is not { } value || step < 0 || tag.Length is 0 or > 1000 || !double.IsFinite(time) || _points >= MostPoints || tag.StartsWith("_hparams_/", StringComparison.Ordinal))
        {
            return;
        }

        if (!Scalars.TryGetValue(tag, out List<ScalarPoint>? points))
        {
            if (Scalars.Count >= MostTags)
            {
                return;
            }

            Scalars.Add(tag, points = []);
        }

        if (begun.Add(tag))
        {
            // A training that was restarted writes a new file and some steps again.
            points.RemoveAll(p => p.Step >= step);
        }

        points.Add(new(step, time, value));
        _points++;
    }

    /// <summary>Reads a tensor of one number; null for any other.</summary>
    private static double? Tensor(ReadOnlySpan<byte> message)
    {
        int type = 0;
        double? value = null;
        ReadOnlySpan<byte> content = default;
        var fields = new WireReader(message);
        while (fields.Next())
        {
            switch (fields.Field)
            {
                case 1:
                    type = (int)fields.Number;
                    break;
                case 4:
                    content = fields.Bytes;
                    break;
                case 5 when fields.Bytes.IsEmpty:
                    value = fields.Single;
                    break;
                case 5 when fields.Bytes.Length == 4:
                    value = BinaryPrimitives.ReadSingleLittleEndian(fields.Bytes);
                    break;
                case 6 when fields.Bytes.IsEmpty:
                    value = fields.Double;
                    break;
                case 6 when fields.Bytes.Length == 8:
                    value = BinaryPrimitives.ReadDoubleLittleEndian(fields.Bytes);
                    break;
                case 5 or 6:
                    // Several numbers.
                    return null;
            }
        }

        const int float32 = 1;
        const int float64 = 2;
        return value ?? (type, content.Length) switch
        {
            (float32, 4) => BinaryPrimitives.ReadSingleLittleEndian(content),
            (float64, 8) => BinaryPrimitives.ReadDoubleLittleEndian(content),
            _ => null,
        };
    }

    /// <summary>Reads the hyperparameters of the plugin hparams, where a value has them.</summary>
    private void Metadata(ReadOnlySpan<byte> message)
    {
        var metadata = new WireReader(message);
        while (metadata.Next())
        {
            if (metadata.Field != 1)
            {
                continue;
            }

            string plugin = string.Empty;
            ReadOnlySpan<byte> content = default;
            var data = new WireReader(metadata.Bytes);
            while (data.Next())
            {
                plugin = data.Field == 1 ? data.Text : plugin;
                content = data.Field == 2 ? data.Bytes : content;
            }

            if (plugin == "hparams")
            {
                SessionStart(content);
            }
        }
    }

    private void SessionStart(ReadOnlySpan<byte> message)
    {
        var plugin = new WireReader(message);
        while (plugin.Next())
        {
            if (plugin.Field != 3)
            {
                continue;
            }

            var start = new WireReader(plugin.Bytes);
            while (start.Next())
            {
                if (start.Field == 1 && Hyperparameters.Count < MostTags)
                {
                    Hyperparameter(start.Bytes);
                }
            }
        }
    }

    private void Hyperparameter(ReadOnlySpan<byte> entry)
    {
        string key = string.Empty;
        string value = "null";
        var fields = new WireReader(entry);
        while (fields.Next())
        {
            if (fields.Field == 1)
            {
                key = fields.Text;
            }
            else if (fields.Field == 2)
            {
                var of = new WireReader(fields.Bytes);
                while (of.Next())
                {
                    value = of.Field switch
                    {
                        2 => double.IsFinite(of.Double) ? of.Double.ToString("R", CultureInfo.InvariantCulture) : $"\"{of.Double.ToString(CultureInfo.InvariantCulture)}\"",
                        3 => $"\"{JavaScriptEncoder.UnsafeRelaxedJsonEscaping.Encode(of.Text)}\"",
                        4 => of.Number != 0 ? "true" : "false",
                        _ => value,
                    };
                }
            }
        }

        if (key.Length is > 0 and <= 1000 && !key.Any(char.IsControl))
        {
            Hyperparameters[key] = value;
        }
    }
}

/// <summary>A value of a scalar.</summary>
/// <param name="Step">The step.</param>
/// <param name="Time">The time in seconds since 1970.</param>
/// <param name="Value">The value.</param>
internal readonly record struct ScalarPoint(long Step, double Time, double Value);
