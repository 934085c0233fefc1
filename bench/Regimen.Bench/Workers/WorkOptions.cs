using System.Globalization;

namespace Regimen.Bench.Workers;

/// <summary>The options of a worker, each in the form <c>key=value</c>.</summary>
internal sealed class WorkOptions(string[] arguments)
{
    private readonly Dictionary<string, string> _values =
        arguments.Select(a => a.Split('=', 2)).ToDictionary(p => p[0], p => p[1], StringComparer.Ordinal);

    /// <summary>The widths of a perceptron (<c>784-128-10</c>), <c>cnn</c> or <c>resnet18</c>.</summary>
    public string Net => Text("net", "784-128-10");

    /// <summary><c>sgd</c> or <c>adamw</c>.</summary>
    public string Optimizer => Text("optimizer", "sgd");

    public int Batch => Number("batch", 64);

    /// <summary>The maximum number of batches per epoch.</summary>
    public int Steps => Number("steps", int.MaxValue);

    /// <summary>The number of epochs in a piece of work.</summary>
    public int Epochs => Number("epochs", 1);

    /// <summary>The number of libtorch's threads; null for the worker's default.</summary>
    public int? Threads => _values.ContainsKey("threads") ? Number("threads", 0) : null;

    /// <summary>The number of repetitions of the data set.</summary>
    public int Repeat => Number("repeat", 1);

    public string Text(string key, string fallback) => _values.GetValueOrDefault(key, fallback);

    public int Number(string key, int fallback) => _values.TryGetValue(key, out string? text) ? int.Parse(text, CultureInfo.InvariantCulture) : fallback;

    public int[] Widths() => [.. Net.Split('-').Select(w => int.Parse(w, CultureInfo.InvariantCulture))];
}
