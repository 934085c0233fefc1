using Microsoft.AspNetCore.Http;
using Regimen.Prediction;
using Regimen.Web;

namespace Regimen.Serving;

/// <summary>The models of a server.</summary>
internal sealed class ServedModels : IDisposable
{
    private volatile bool _isStopping;

    public ServedModels(IReadOnlyList<(string Name, Predictor Predictor)> models, ServingOptions options)
    {
        if (models.Count == 0)
        {
            throw new RequestException(new Problem("There is no model to serve") { Expected = "at least one" });
        }

        if (models.GroupBy(m => m.Name, StringComparer.Ordinal).FirstOrDefault(g => g.Count() > 1) is { } twice)
        {
            throw new RequestException(new Problem($"Two models are named '{twice.Key}'") { Expected = "a different name for each", Hint = "Name a model with NAME=MODEL." });
        }

        All = [.. models.Select(m => new ServedModel(m.Name, m.Predictor, options, Metrics))];
    }

    /// <summary>The models, in the order in which they were given.</summary>
    public IReadOnlyList<ServedModel> All { get; }

    /// <summary>The metrics.</summary>
    public ServingMetrics Metrics { get; } = new();

    /// <summary>Whether new requests are answered.</summary>
    public bool IsReady => !_isStopping;

    /// <summary>Returns a model by name.</summary>
    /// <exception cref="StatusException">There is no such model.</exception>
    public ServedModel Find(string name) => All.FirstOrDefault(m => m.Name == name) ?? throw new StatusException(StatusCodes.Status404NotFound, new Problem($"There is no model '{name}'")
    {
        Expected = $"one of {string.Join(", ", All.Select(m => m.Name))}",
        Hint = Spelling.DidYouMean(name, All.Select(m => m.Name)),
    });

    /// <summary>Reports that the server is no longer ready.</summary>
    public void Stop() => _isStopping = true;

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (ServedModel model in All)
        {
            model.Dispose();
        }
    }
}
