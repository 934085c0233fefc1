using System.Globalization;

namespace Regimen.Bench.Workers;

/// <summary>What a worker is to do: <c>key=value</c> each.</summary>
internal sealed class WorkOptions(string[] arguments)
{
    private readonly Dictionary<string, string> _values =
        arguments.Select(a => a.Split('=', 2)).ToDictionary(p => p[0], p => p[1], StringComparer.Ordinal);

    /// <summary>Widths (<c>784-128-10</c>) or <c>cnn</c>.</summary>
    public string Net => Text("net", "784-128-10");

    /// <summary><c>sgd</c> or <c>adamw</c>.</summary>
    public string Optimizer => Text("optimizer", "sgd");

    public int Batch => Number("batch", 64);

    /// <summary>Batches of an epoch, at most.</summary>
    public int Steps => Number("steps", int.MaxValue);

    /// <summary>Epochs in a piece of work.</summary>
    public int Epochs => Number("epochs", 1);

    /// <summary>Threads of libtorch; null for what the worker does by itself.</summary>
    public int? Threads => _values.ContainsKey("threads") ? Number("threads", 0) : null;

    /// <summary>How often the data set is repeated.</summary>
    public int Repeat => Number("repeat", 1);

    public string Text(string key, string fallback) => _values.GetValueOrDefault(key, fallback);

    public int Number(string key, int fallback) => _values.TryGetValue(key, out string? text) ? int.Parse(text, CultureInfo.InvariantCulture) : fallback;

    public int[] Widths() => [.. Net.Split('-').Select(w => int.Parse(w, CultureInfo.InvariantCulture))];
}
