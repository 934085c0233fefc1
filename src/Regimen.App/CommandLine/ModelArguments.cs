using System.CommandLine;
using Regimen.App.Hosting;
using Regimen.Prediction;

namespace Regimen.App.CommandLine;

/// <summary>The arguments that select a trained model.</summary>
internal sealed class ModelArguments
{
    public Argument<string> Model { get; } = new("model")
    {
        Description = "A run (its folder, its name or an end of it, latest, or best), a checkpoint's folder, a model.safetensors, or a folder that has one.",
        HelpName = "MODEL",
    };

    public Option<string?> Runs { get; } = RunArguments.RunsOption();

    /// <summary>Opens a model.</summary>
    /// <exception cref="RequestException">There is no such model, or it can't be opened.</exception>
    public static Predictor Open(AppHost host, string model, string? runs, PredictorOptions options) => Predictor.Open(RunLookup.Resolve(host, model, runs), options with
    {
        Catalog = ConfigArguments.Catalog(host),
        WorkingDirectory = host.WorkingDirectory,

        // The configs, which name the folder of the runs, are read only if the model is not given by its path.
        Runs = runs is null && Path.Exists(Path.GetFullPath(model, host.WorkingDirectory)) ? "runs" : RunArguments.RunsRoot(host, runs),
    });
}
