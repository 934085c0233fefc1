using Regimen.Catalog;
using Regimen.Loading;
using Regimen.Recording;
using Regimen.Training;
using Regimen.Transforms;

namespace Regimen.Configuration;

/// <summary>A group of a config.</summary>
/// <param name="Name">As the config spells it.</param>
/// <param name="OptionsType">The record of its keys; null where the catalog's choice says which, and the group has a <c>name</c>.</param>
/// <param name="CanBeOff">Whether it may be <c>none</c>.</param>
internal sealed record ConfigGroup(string Name, Type? OptionsType = null, bool CanBeOff = false)
{
    public bool IsNamed => OptionsType is null;

    /// <summary>Whether it stands for one element of a list of components, as <c>transforms.train[0]</c>.</summary>
    public bool IsElement { get; private init; }

    /// <summary>Where the catalog has its choices.</summary>
    public string Catalog { get; private init; } = Name;

    /// <summary>The group that an element of a list of components is.</summary>
    public static ConfigGroup Element(string name, string catalog) => new(name) { IsElement = true, Catalog = catalog };
}

/// <summary>Every group, in the order in which a config is written.</summary>
internal static class ConfigGroups
{
    public const string Transforms = "transforms";
    public const string Loader = "loader";
    public const string Trainer = "trainer";
    public const string EarlyStopping = "early_stopping";
    public const string Checkpoint = "checkpoint";

    /// <summary>Folders whose files set keys of any group, over the defaults.</summary>
    public const string Experiment = "experiment";
    public const string Debug = "debug";

    /// <summary>The key of the catalog's choice.</summary>
    public const string NameKey = "name";

    /// <summary>The choice of a group that has no other: its record's defaults, where there is no file.</summary>
    public const string Default = "default";

    /// <summary>What turns a group off.</summary>
    public const string None = "none";

    public static IReadOnlyList<ConfigGroup> All { get; } =
    [
        new(CatalogGroup.Model),
        new(CatalogGroup.Data),
        new(Transforms, typeof(TransformsOptions)),
        new(Loader, typeof(LoaderOptions)),
        new(CatalogGroup.Objective),
        new(CatalogGroup.Optimizer),
        new(CatalogGroup.Schedule),
        new(Trainer, typeof(TrainOptions)),
        new(EarlyStopping, typeof(EarlyStoppingOptions), CanBeOff: true),
        new(Checkpoint, typeof(CheckpointOptions)),
    ];
}
