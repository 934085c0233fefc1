using System.Text.Json;
using Regimen.Files;
using Regimen.Runs;

namespace Regimen.Curves;

/// <summary>A row of <c>metrics.jsonl</c>, read without demands: only its step and split must be there.</summary>
/// <param name="Step">The step.</param>
/// <param name="Epoch">The epoch, from 1; 0 if the row has none.</param>
/// <param name="Split">The split, as <c>val</c>.</param>
/// <param name="EpochSeconds">The time of the epoch, in seconds; null except on rows of the training.</param>
/// <param name="Seconds">The time of the pass, in seconds.</param>
/// <param name="Elapsed">The time since the start, in seconds; only rows that were imported have it.</param>
/// <param name="Values">The loss, the learning rate and the metrics by their names.</param>
internal sealed record MetricRow(long Step, int Epoch, string Split, double? EpochSeconds, double Seconds, double? Elapsed, IReadOnlyList<(string Name, double Value)> Values)
{
    private static readonly JsonDocumentOptions Options = new() { MaxDepth = 8 };

    /// <summary>Reads the complete rows of a file. Damaged lines are counted and left out.</summary>
    public static (IReadOnlyList<MetricRow> Rows, int Damaged) ReadAll(Stream file)
    {
        var rows = new List<MetricRow>();
        int damaged = 0;
        foreach ((_, byte[] line) in ByteLines.Of(file))
        {
            if (TryRead(line) is { } row)
            {
                rows.Add(row);
            }
            else
            {
                damaged++;
            }
        }

        return (rows, damaged);
    }

    private static MetricRow? TryRead(byte[] line)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(line, Options);
            return Read(document.RootElement);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or FormatException)
        {
            return null;
        }
    }

    private static MetricRow? Read(JsonElement root)
    {
        long? step = null;
        int epoch = 0;
        string? split = null;
        double? epochSeconds = null;
        double? elapsed = null;
        double seconds = 0;
        var values = new List<(string, double)>();
        foreach (JsonProperty property in root.EnumerateObject())
        {
            switch (property.Name)
            {
                case "step":
                    step = property.Value.GetInt64();
                    break;
                case "epoch":
                    epoch = property.Value.GetInt32();
                    break;
                case "split":
                    split = property.Value.GetString();
                    break;
                case "seconds":
                    seconds = property.Value.GetDouble();
                    break;
                case "epoch_seconds":
                    epochSeconds = property.Value.GetDouble();
                    break;
                case "elapsed":
                    elapsed = property.Value.GetDouble();
                    break;
                case "samples" or "samples_per_second":
                    break;
                default:
                    values.Add((property.Name, RecordedNumber.Read(property.Value)));
                    break;
            }
        }

        return step >= 0 && split is not null ? new(step.Value, epoch, split, epochSeconds, seconds, elapsed, values) : null;
    }
}
