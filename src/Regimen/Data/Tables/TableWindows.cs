using System.Text.Json.Nodes;

namespace Regimen.Data;

/// <summary>How the samples of a time series are made of a table's rows; part of a model's metadata.</summary>
/// <param name="Window">The number of rows of an input.</param>
/// <param name="Horizon">The number of rows that are forecast.</param>
/// <param name="Targets">The columns that are forecast.</param>
/// <param name="Table">The encoding of a row.</param>
internal sealed record TableWindows(int Window, int Horizon, IReadOnlyList<string> Targets, TableRowEncoder Table)
{
    /// <summary>The name among the steps of a model's pre-processing.</summary>
    public const string StepName = "windows";

    /// <summary>The names of the forecasts, in the order of the model's outputs: <c>price</c>, or <c>price_1</c>, <c>price_2</c> for several rows.</summary>
    public IReadOnlyList<string> Forecasts =>
        [.. Enumerable.Range(1, Horizon).SelectMany(step => Targets.Select(t => Horizon == 1 ? t : string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{t}_{step}")))];

    /// <summary>Writes it as JSON.</summary>
    public JsonObject ToJson() => new()
    {
        ["name"] = StepName,
        ["window"] = Window,
        ["horizon"] = Horizon,
        ["targets"] = new JsonArray([.. Targets.Select(t => JsonValue.Create(t))]),
        ["table"] = Table.ToJson(),
    };

    /// <summary>Reads the JSON of <see cref="ToJson"/>.</summary>
    /// <exception cref="RequestException">The JSON is damaged.</exception>
    public static TableWindows FromJson(JsonObject json)
    {
        try
        {
            var windows = new TableWindows(
                json["window"]!.GetValue<int>(),
                json["horizon"]!.GetValue<int>(),
                [.. json["targets"]!.AsArray().Select(t => t!.GetValue<string>())],
                TableRowEncoder.FromJson(json["table"]!.AsObject()));
            return windows is { Window: >= 1, Horizon: >= 1, Targets.Count: >= 1, Table.CodeCount: 0 } ? windows : throw new FormatException("Expected a window and a horizon of at least 1.");
        }
        catch (Exception exception) when (exception is NullReferenceException or InvalidOperationException or FormatException or ArgumentException)
        {
            throw new RequestException(new Problem("Invalid encoding of windows") { Received = json.ToJsonString() }, exception);
        }
    }
}
