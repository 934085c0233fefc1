using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Regimen.App.CommandLine;
using Regimen.App.Hosting;
using Regimen.App.Screen;
using Regimen.Catalog;
using Regimen.Experiments;
using Regimen.Inspection;

namespace Regimen.App.Commands;

/// <summary>The <c>regimen inspect</c> command: shows a model, a data set or the config keys, without training.</summary>
internal static class InspectCommand
{
    public static Command Build(AppHost host) => new("inspect", "Show a model's layers, a data set, or the config keys.")
    {
        InspectConfigCommand.Build(host),
        BuildModel(host),
        InspectDataCommand.Build(host),
    };

    private static Command BuildModel(AppHost host)
    {
        var shared = new SharedOptions();
        var config = new ConfigArguments();
        var command = new Command("model", "Show a model's layers: output shape, parameters, multiply-adds, memory.");
        config.AddTo(command);
        shared.AddTo(command);
        command.SetAction(shared.Action(host, parsed =>
        {
            ComponentCatalog catalog = ConfigArguments.Catalog(host);
            using Experiment experiment = Experiment.Prepare(config.Compose(host, parsed, catalog).Config, catalog);
            if (parsed.GetValue(shared.Json))
            {
                ProblemReport.WriteJson(host, Document(experiment));
            }
            else if (host.IsTerminal)
            {
                Write(Page.Of(host), experiment);
            }
            else
            {
                host.Out.WriteLine(experiment.Summary.ToString().TrimEnd());
            }

            return ExitCodes.Done;
        }));
        return command;
    }

    private static void Write(Page page, Experiment experiment)
    {
        ModelSummary summary = experiment.Summary;
        page.Line($"{experiment.Config.Model.Name} ({summary.Model}) on samples {summary.Sample}", experiment.Config.Model.Name.Length, Page.HeadingStyle);
        page.Line();
        TextTable.Write(
            page,
            [new("layer"), new("kind"), new("output"), new("parameters", IsNumber: true), new("multiply-adds", IsNumber: true)],
            summary.Layers.Select(layer => new Cell[]
            {
                layer.Name.Length == 0 ? "(model)" : layer.Name,
                layer.Kind,
                layer.OutputShape is { } shape ? $"[{string.Join(", ", shape)}]" : "?",
                Count(layer.Parameters),
                layer.MultiplyAdds is { } work ? Count(work) : "?",
            }));
        page.Line();
        page.Line($"{Count(summary.Parameters)} parameters ({Count(summary.TrainableParameters)} trainable), {Count(summary.MultiplyAdds)} multiply-adds per sample");
        page.Line($"{Megabytes(summary.ParameterBytes)} MB of parameters, {Megabytes(summary.ActivationBytes)} MB of activations per sample");
    }

    private static JsonObject Document(Experiment experiment)
    {
        ModelSummary summary = experiment.Summary;
        return new JsonObject
        {
            ["model"] = experiment.Config.Model.Name,
            ["sample_shape"] = new JsonArray([.. summary.Sample.Dimensions.Select(d => JsonValue.Create(d))]),
            ["layers"] = new JsonArray([.. summary.Layers.Select(layer => new JsonObject
            {
                ["name"] = layer.Name,
                ["kind"] = layer.Kind,
                ["output_shape"] = layer.OutputShape is { } shape ? new JsonArray([.. shape.Select(d => JsonValue.Create(d))]) : null,
                ["parameters"] = layer.Parameters,
                ["multiply_adds"] = layer.MultiplyAdds,
            })]),
            ["parameters"] = summary.Parameters,
            ["trainable_parameters"] = summary.TrainableParameters,
            ["multiply_adds"] = summary.MultiplyAdds,
            ["parameter_bytes"] = summary.ParameterBytes,
            ["activation_bytes"] = summary.ActivationBytes,
        };
    }

    private static string Count(long value) => value.ToString("#,0", CultureInfo.InvariantCulture);

    private static string Megabytes(long bytes) => (bytes / 1e6).ToString("0.00", CultureInfo.InvariantCulture);
}
