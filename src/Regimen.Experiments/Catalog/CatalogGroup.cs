using Regimen.Datasets;
using Regimen.Metrics;
using Regimen.Models;
using Regimen.Optimization;
using Regimen.Training;
using Regimen.Transforms;

namespace Regimen.Catalog;

/// <summary>The groups of a config whose choices come from the catalog.</summary>
public static class CatalogGroup
{
    /// <summary>Architectures: <see cref="ModelAttribute"/>.</summary>
    public const string Model = "model";

    /// <summary>Data sets: <see cref="DatasetAttribute"/>.</summary>
    public const string Data = "data";

    /// <summary>The loss to minimise: <see cref="ObjectiveAttribute"/>.</summary>
    public const string Objective = "objective";

    /// <summary>Updates of the weights: <see cref="OptimizerAttribute"/>.</summary>
    public const string Optimizer = "optimizer";

    /// <summary>The learning rate over the steps: <see cref="ScheduleAttribute"/>.</summary>
    public const string Schedule = "schedule";

    /// <summary>Changes of a sample's input: <see cref="TransformAttribute"/>. A config lists them.</summary>
    public const string Transform = "transform";

    /// <summary>What is measured beside the task's own metrics: <see cref="MetricAttribute"/>. A config lists them.</summary>
    public const string Metric = "metric";

    /// <summary>Receivers of a training's events: <see cref="ObserverAttribute"/>. A config lists them.</summary>
    public const string Observer = "observer";

    /// <summary>The group whose entries derive from this record; null where there is none.</summary>
    internal static string? OfRecord(Type type) => Records.FirstOrDefault(r => r.Value == type).Key;

    /// <summary>What the entries of a group derive from, where each is its own options record.</summary>
    internal static IReadOnlyDictionary<string, Type> Records { get; } = new Dictionary<string, Type>
    {
        [Objective] = typeof(Objective),
        [Optimizer] = typeof(OptimizerOptions),
        [Schedule] = typeof(Schedule),
        [Transform] = typeof(Transform),
        [Metric] = typeof(Metric),
        [Observer] = typeof(Observer),
    };

    /// <summary>The group that each attribute puts something into.</summary>
    internal static IReadOnlyDictionary<Type, string> OfAttribute { get; } = new Dictionary<Type, string>
    {
        [typeof(ModelAttribute)] = Model,
        [typeof(DatasetAttribute)] = Data,
        [typeof(ObjectiveAttribute)] = Objective,
        [typeof(OptimizerAttribute)] = Optimizer,
        [typeof(ScheduleAttribute)] = Schedule,
        [typeof(TransformAttribute)] = Transform,
        [typeof(MetricAttribute)] = Metric,
        [typeof(ObserverAttribute)] = Observer,
    };
}
