using Regimen.Datasets;
using Regimen.Metrics;
using Regimen.Models;
using Regimen.Optimization;
using Regimen.Training;
using Regimen.Transforms;

namespace Regimen.Catalog;

/// <summary>The groups of a config whose choices come from the catalog.</summary>
internal static class CatalogGroup
{
    /// <summary>Models: <see cref="ModelAttribute"/>.</summary>
    public const string Model = "model";

    /// <summary>Data sets: <see cref="DatasetAttribute"/>.</summary>
    public const string Data = "data";

    /// <summary>Objectives (losses): <see cref="ObjectiveAttribute"/>.</summary>
    public const string Objective = "objective";

    /// <summary>Optimizers: <see cref="OptimizerAttribute"/>.</summary>
    public const string Optimizer = "optimizer";

    /// <summary>Learning rate schedules: <see cref="ScheduleAttribute"/>.</summary>
    public const string Schedule = "schedule";

    /// <summary>Averages of the weights: <see cref="WeightAverageAttribute"/>.</summary>
    public const string Average = "average";

    /// <summary>Transforms of a sample's input: <see cref="TransformAttribute"/>. A config lists them.</summary>
    public const string Transform = "transform";

    /// <summary>Additional metrics: <see cref="MetricAttribute"/>. A config lists them.</summary>
    public const string Metric = "metric";

    /// <summary>Observers of a training: <see cref="ObserverAttribute"/>. A config lists them.</summary>
    public const string Observer = "observer";

    /// <summary>Returns the group whose entries derive from a record; null if there is none.</summary>
    internal static string? OfRecord(Type type) => Records.FirstOrDefault(r => r.Value == type).Key;

    /// <summary>The base record of each group whose entries are their own options record.</summary>
    internal static IReadOnlyDictionary<string, Type> Records { get; } = new Dictionary<string, Type>
    {
        [Objective] = typeof(Objective),
        [Optimizer] = typeof(OptimizerOptions),
        [Schedule] = typeof(Schedule),
        [Average] = typeof(WeightAverage),
        [Transform] = typeof(Transform),
        [Metric] = typeof(Metric),
        [Observer] = typeof(Observer),
    };

    /// <summary>The group of each attribute.</summary>
    internal static IReadOnlyDictionary<Type, string> OfAttribute { get; } = new Dictionary<Type, string>
    {
        [typeof(ModelAttribute)] = Model,
        [typeof(DatasetAttribute)] = Data,
        [typeof(ObjectiveAttribute)] = Objective,
        [typeof(OptimizerAttribute)] = Optimizer,
        [typeof(ScheduleAttribute)] = Schedule,
        [typeof(WeightAverageAttribute)] = Average,
        [typeof(TransformAttribute)] = Transform,
        [typeof(MetricAttribute)] = Metric,
        [typeof(ObserverAttribute)] = Observer,
    };
}
