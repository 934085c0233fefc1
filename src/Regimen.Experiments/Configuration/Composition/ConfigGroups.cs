using Regimen.Catalog;
using Regimen.FineTuning;
using Regimen.Loading;
using Regimen.Recording;
using Regimen.Tracking;
using Regimen.Training;
using Regimen.Transforms;

namespace Regimen.Configuration;

/// <summary>A group of a config.</summary>
/// <param name="Name">The name in a config.</param>
/// <param name="OptionsType">The options record of its keys; null for a group with a <c>name</c>, whose record depends on the component
/// chosen.</param>
/// <param name="CanBeOff">Whether the group may be <c>none</c>.</param>
internal sealed record ConfigGroup(string Name, Type? OptionsType = null, bool CanBeOff = false)
{
    public bool IsNamed => OptionsType is null;

    /// <summary>Whether this is an element of a list of components, for example <c>transforms.train[0]</c>.</summary>
    public bool IsElement { get; private init; }

    /// <summary>The catalog group that its choices belong to.</summary>
    public string Catalog { get; private init; } = Name;

    /// <summary>Creates the group of an element of a list of components.</summary>
    public static ConfigGroup Element(string name, string catalog) => new(name) { IsElement = true, Catalog = catalog };
}

/// <summary>All groups of a config, in the order in which they are written.</summary>
internal static class ConfigGroups
{
    public const string Init = "init";
    public const string Transforms = "transforms";
    public const string Loader = "loader";
    public const string Trainer = "trainer";
    public const string EarlyStopping = "early_stopping";
    public const string Checkpoint = "checkpoint";
    public const string TensorBoard = "tensorboard";

    /// <summary>The folders whose files override keys of any group.</summary>
    public const string Experiment = "experiment";
    public const string Debug = "debug";

    /// <summary>The key that holds the catalog name.</summary>
    public const string NameKey = "name";

    /// <summary>The choice with the defaults of the group's record, available without a file.</summary>
    public const string Default = "default";

    /// <summary>The choice that disables a group, and the one of a group of components that no layer sets.</summary>
    public const string None = "none";

    public static IReadOnlyList<ConfigGroup> All { get; } =
    [
        new(CatalogGroup.Model),
        new(Init, typeof(InitOptions)),
        new(CatalogGroup.Data),
        new(Transforms, typeof(TransformsOptions)),
        new(Loader, typeof(LoaderOptions)),
        new(CatalogGroup.Objective),
        new(CatalogGroup.Optimizer),
        new(CatalogGroup.Schedule),
        new(CatalogGroup.Average, CanBeOff: true),
        new(Trainer, typeof(TrainOptions)),
        new(EarlyStopping, typeof(EarlyStoppingOptions), CanBeOff: true),
        new(Checkpoint, typeof(CheckpointOptions)),
        new(TensorBoard, typeof(TensorBoardOptions)),
    ];
}
