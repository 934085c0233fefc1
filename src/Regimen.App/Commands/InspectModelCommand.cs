using System.CommandLine;
using System.Text.Json.Nodes;
using Regimen.App.CommandLine;
using Regimen.App.Hosting;
using Regimen.App.Screen;
using Regimen.Catalog;
using Regimen.Data;
using Regimen.Experiments;
using Regimen.Inspection;
using Regimen.Loading;

namespace Regimen.App.Commands;

/// <summary>The <c>regimen inspect model</c> command: shows a model's modules and the memory of a training, and what its layers return.</summary>
internal static class InspectModelCommand
{
    private const int DefaultSamples = 256;

    public static Command Build(AppHost host)
    {
        var shared = new SharedOptions();
        var config = new ConfigArguments();
        Option<bool> activations = new("--activations") { Description = "Run training samples through the model and show what each layer returns." };
        Option<int> samples = new("--samples") { Description = "The number of samples for --activations.", DefaultValueFactory = _ => DefaultSamples, HelpName = "N" };
        var command = new Command("model", "Show a model's modules: output shape, parameters, multiply-adds; and the memory of a training.") { activations, samples };
        config.AddTo(command);
        shared.AddTo(command);
        command.SetAction(shared.Action(host, parsed =>
        {
            ComponentCatalog catalog = ConfigArguments.Catalog(host);
            int count = parsed.GetValue(samples);
            if (count < 1)
            {
                throw new RequestException(new Problem("The number of samples is too small") { Where = "--samples", Expected = "1 or more", Received = $"{count}" });
            }

            using Experiment experiment = Experiment.Prepare(config.Compose(host, parsed, catalog).Config, catalog);
            IReadOnlyList<LayerActivations>? measured = parsed.GetValue(activations) ? Measure(experiment, count) : null;
            if (parsed.GetValue(shared.Json))
            {
                JsonObject document = ModelText.Document(experiment);
                if (measured is not null)
                {
                    document["activations"] = ActivationText.Document(measured);
                }

                ProblemReport.WriteJson(host, document);
                return ExitCodes.Done;
            }

            Page page = Page.Of(host);
            if (measured is null)
            {
                ModelText.Write(page, experiment);
            }
            else
            {
                ActivationText.Write(page, experiment, measured, Math.Min(count, experiment.Data.Train.Count));
            }

            return ExitCodes.Done;
        }));
        return command;
    }

    /// <summary>Measures the first samples of the training set, with the transforms of an evaluation.</summary>
    private static IReadOnlyList<LayerActivations> Measure(Experiment experiment, int count)
    {
        var first = new Subset(experiment.Data.Train, [.. Enumerable.Range(0, Math.Min(count, experiment.Data.Train.Count))]);
        using DataLoader loader = DataLoader.ForEvaluation(first, experiment.Config.Loader, experiment.Data.EvalTransforms, experiment.Device);
        return ActivationProbe.Measure(experiment.Model, loader.Epoch(experiment.Config.Seed!.Value, 1, 0, CancellationToken.None));
    }
}
