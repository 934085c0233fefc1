using Regimen.Datasets;
using Regimen.Models;
using Regimen.Optimization;
using Regimen.Transforms;

namespace Regimen.Catalog;

/// <summary>The groups of a config whose choices come from the catalog.</summary>
public static class CatalogGroup
{
    /// <summary>Architectures: <see cref="ModelAttribute"/>.</summary>
    public const string Model = "model";

    /// <summary>Data sets: <see cref="DatasetAttribute"/>.</summary>
    public const string Data = "data";

    /// <summary>What training makes small: <see cref="ObjectiveAttribute"/>.</summary>
    public const string Objective = "objective";

    /// <summary>How weights are changed: <see cref="OptimizerAttribute"/>.</summary>
    public const string Optimizer = "optimizer";

    /// <summary>The learning rate's course: <see cref="ScheduleAttribute"/>.</summary>
    public const string Schedule = "schedule";

    /// <summary>What is done to a sample: <see cref="TransformAttribute"/>. A config lists them.</summary>
    public const string Transform = "transform";

    /// <summary>The group whose entries derive from this record; null where there is none.</summary>
    internal static string? OfRecord(Type type) => Records.FirstOrDefault(r => r.Value == type).Key;

    /// <summary>What the entries of a group derive from, where each is its own options record.</summary>
    internal static IReadOnlyDictionary<string, Type> Records { get; } = new Dictionary<string, Type>
    {
        [Objective] = typeof(Objective),
        [Optimizer] = typeof(OptimizerOptions),
        [Schedule] = typeof(Schedule),
        [Transform] = typeof(Transform),
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
    };
}
