using System.Globalization;
using System.Text.Json.Nodes;
using Regimen.App.Screen;
using Regimen.Experiments;
using Regimen.Inspection;

namespace Regimen.App.Commands;

/// <summary>Formats the modules of a model as a tree, with the memory of a training.</summary>
internal static class ModelText
{
    public static void Write(Page page, Experiment experiment)
    {
        ModelSummary summary = experiment.Summary;
        bool hasFrozen = summary.TrainableParameters < summary.Parameters;
        page.Line($"{experiment.Config.Model.Name} ({summary.Model}) on samples {summary.Sizes()}", experiment.Config.Model.Name.Length, Page.HeadingStyle);
        page.Line();
        Column[] columns =
        [
            new("layer"), new("kind", LeftOut: 2), new("output", LeftOut: 1), new("parameters", IsNumber: true), .. hasFrozen ? [new("frozen", IsNumber: true)] : Array.Empty<Column>(), new("multiply-adds", IsNumber: true),
        ];
        TextTable.Write(page, columns, [.. summary.Modules.Select(m => Row(m, hasFrozen)), Total(summary, hasFrozen)]);
        page.Line();
        foreach (string line in Facts(experiment))
        {
            page.Line(line);
        }
    }

    public static JsonObject Document(Experiment experiment)
    {
        ModelSummary summary = experiment.Summary;
        TrainingMemory memory = Memory(experiment);
        return new JsonObject
        {
            ["model"] = experiment.Config.Model.Name,
            ["sample_shape"] = new JsonArray([.. summary.Sample.Dimensions.Select(d => JsonValue.Create(d))]),
            ["layers"] = new JsonArray([.. summary.Layers.Select(layer => new JsonObject
            {
                ["name"] = layer.Name,
                ["kind"] = layer.Kind,
                ["output_shape"] = Shape(layer.OutputShape),
                ["parameters"] = layer.Parameters,
                ["multiply_adds"] = layer.MultiplyAdds,
            })]),
            ["modules"] = new JsonArray([.. summary.Modules.Select(module => new JsonObject
            {
                ["name"] = module.Name,
                ["kind"] = module.Kind,
                ["depth"] = module.Depth,
                ["output_shape"] = Shape(module.OutputShape),
                ["parameters"] = module.Parameters,
                ["trainable_parameters"] = module.TrainableParameters,
                ["multiply_adds"] = module.MultiplyAdds,
            })]),
            ["parameters"] = summary.Parameters,
            ["trainable_parameters"] = summary.TrainableParameters,
            ["multiply_adds"] = summary.MultiplyAdds,
            ["parameter_bytes"] = summary.ParameterBytes,
            ["activation_bytes"] = summary.ActivationBytes,
            ["training_memory"] = new JsonObject
            {
                ["batch_size"] = experiment.Config.Loader.WholeBatchSize,
                ["parameters"] = memory.Parameters,
                ["gradients"] = memory.Gradients,
                ["optimizer_state"] = memory.OptimizerState,
                ["best_weights"] = memory.BestWeights,
                ["averaged_weights"] = memory.AveragedWeights,
                ["activations"] = memory.Activations,
                ["total"] = memory.Total,
            },
        };
    }

    private static IEnumerable<string> Facts(Experiment experiment)
    {
        ModelSummary summary = experiment.Summary;
        TrainingMemory memory = Memory(experiment);
        yield return $"{Count(summary.Parameters)} parameters ({Count(summary.TrainableParameters)} trained, {Count(summary.Parameters - summary.TrainableParameters)} frozen{(experiment.Config.Freeze.Any(f => f.UntilEpoch is not null) ? " in the first epoch" : string.Empty)}), {Count(summary.MultiplyAdds)} multiply-adds per sample";
        yield return $"memory of a training with batches of {experiment.Config.Loader.WholeBatchSize}, about {Megabytes(memory.Total)}: parameters {Megabytes(memory.Parameters)}, gradients {Megabytes(memory.Gradients)}, "
            + $"{experiment.Config.Optimizer.Name} {Megabytes(memory.OptimizerState)}, best weights {Megabytes(memory.BestWeights)}, {(memory.AveragedWeights > 0 ? $"averaged weights ({experiment.Config.Average!.Name}) {Megabytes(memory.AveragedWeights)}, " : string.Empty)}activations {Megabytes(memory.Activations)}";
    }

    private static Cell[] Row(ModuleSummary module, bool hasFrozen) =>
    [
        // The tree shows the names' last parts, indented.
        new string(' ', 2 * module.Depth) + module.Name[(module.Name.LastIndexOf('.') + 1)..],
        module.Kind,
        module.OutputShape is { } shape ? $"[{string.Join(", ", shape)}]" : "?",
        Count(module.Parameters),
        .. hasFrozen ? [Count(module.Parameters - module.TrainableParameters)] : Array.Empty<Cell>(),
        module.MultiplyAdds is { } work ? Count(work) : "?",
    ];

    private static Cell[] Total(ModelSummary summary, bool hasFrozen) =>
    [
        "total", string.Empty, string.Empty, Count(summary.Parameters), .. hasFrozen ? [Count(summary.Parameters - summary.TrainableParameters)] : Array.Empty<Cell>(),
        (summary.IsWhole ? string.Empty : "≥ ") + Count(summary.MultiplyAdds),
    ];

    private static TrainingMemory Memory(Experiment experiment)
        => TrainingMemory.Of(experiment.Summary, experiment.Config.Optimizer.Options, experiment.Config.Loader.WholeBatchSize, experiment.Config.EarlyStopping is { RestoreBest: true }, experiment.Config.Average is not null);

    private static JsonArray? Shape(IReadOnlyList<long>? shape) => shape is null ? null : new JsonArray([.. shape.Select(d => JsonValue.Create(d))]);

    private static string Count(long value) => value.ToString("#,0", CultureInfo.InvariantCulture);

    private static string Megabytes(long bytes) => (bytes / 1e6).ToString("#,0.0", CultureInfo.InvariantCulture) + " MB";
}
