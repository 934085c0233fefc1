using System.Globalization;
using System.Text;

namespace Regimen.Serving;

/// <summary>Counts requests, samples and batches, and writes them in the text format of Prometheus (version 0.0.4).</summary>
internal sealed class ServingMetrics
{
    private static readonly double[] Seconds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
    private static readonly double[] Sizes = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024];
    private readonly Lock _gate = new();
    private readonly SortedDictionary<(string Model, int Status), long> _requests = [];
    private readonly SortedDictionary<string, Histogram> _times = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, Histogram> _batches = new(StringComparer.Ordinal);

    /// <summary>Records an answered request.</summary>
    /// <param name="model">The model; empty if it is not known.</param>
    /// <param name="status">The status code; 499 if the client was gone.</param>
    /// <param name="time">From the headers to the answer.</param>
    public void Answered(string model, int status, TimeSpan time)
    {
        lock (_gate)
        {
            _requests[(model, status)] = _requests.GetValueOrDefault((model, status)) + 1;
            Of(_times, model, Seconds).Add(time.TotalSeconds);
        }
    }

    /// <summary>Records a computed batch.</summary>
    public void Computed(string model, int size)
    {
        lock (_gate)
        {
            Of(_batches, model, Sizes).Add(size);
        }
    }

    /// <summary>Writes all metrics.</summary>
    /// <param name="models">The models.</param>
    public string Write(IEnumerable<ServedModel> models)
    {
        var text = new StringBuilder();
        lock (_gate)
        {
            Head(text, "regimen_requests_total", "counter", "Answered requests by status code.");
            foreach (((string model, int status), long count) in _requests)
            {
                text.Append(CultureInfo.InvariantCulture, $"regimen_requests_total{{model=\"{Escape(model)}\",status=\"{status}\"}} {count}\n");
            }

            Head(text, "regimen_request_seconds", "histogram", "Time from the headers of a request to its answer.");
            WriteAll(text, "regimen_request_seconds", _times);
            Head(text, "regimen_batch_samples", "histogram", "Samples that were computed together.");
            WriteAll(text, "regimen_batch_samples", _batches);
        }

        Head(text, "regimen_waiting_samples", "gauge", "Samples that wait to be computed.");
        foreach (ServedModel model in models)
        {
            text.Append(CultureInfo.InvariantCulture, $"regimen_waiting_samples{{model=\"{Escape(model.Name)}\"}} {model.Waiting}\n");
        }

        return text.ToString();
    }

    private static Histogram Of(SortedDictionary<string, Histogram> histograms, string model, double[] bounds)
    {
        if (!histograms.TryGetValue(model, out Histogram? histogram))
        {
            histograms[model] = histogram = new Histogram(bounds);
        }

        return histogram;
    }

    private static void Head(StringBuilder text, string name, string type, string help) => text.Append(CultureInfo.InvariantCulture, $"# HELP {name} {help}\n# TYPE {name} {type}\n");

    private static void WriteAll(StringBuilder text, string name, SortedDictionary<string, Histogram> histograms)
    {
        foreach ((string model, Histogram histogram) in histograms)
        {
            histogram.Write(text, name, Escape(model));
        }
    }

    private static string Escape(string label) => label.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);

    private sealed class Histogram(double[] bounds)
    {
        private readonly long[] _counts = new long[bounds.Length + 1];
        private double _sum;

        public void Add(double value)
        {
            int at = Array.FindIndex(bounds, b => value <= b);
            _counts[at < 0 ? bounds.Length : at]++;
            _sum += value;
        }

        public void Write(StringBuilder text, string name, string model)
        {
            long count = 0;
            for (int i = 0; i <= bounds.Length; i++)
            {
                count += _counts[i];
                string bound = i < bounds.Length ? bounds[i].ToString("R", CultureInfo.InvariantCulture) : "+Inf";
                text.Append(CultureInfo.InvariantCulture, $"{name}_bucket{{model=\"{model}\",le=\"{bound}\"}} {count}\n");
            }

            text.Append(CultureInfo.InvariantCulture, $"{name}_sum{{model=\"{model}\"}} {_sum:R}\n{name}_count{{model=\"{model}\"}} {count}\n");
        }
    }
}
