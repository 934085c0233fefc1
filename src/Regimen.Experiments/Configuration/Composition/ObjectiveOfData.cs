using System.Reflection;
using Regimen.Catalog;
using Regimen.Datasets;

namespace Regimen.Configuration;

/// <summary>Chooses the objective that a data set names (<see cref="DatasetAttribute.Objective"/>), if a layer after the default config chooses the
/// data and none sets anything of the objective.</summary>
/// <param name="catalog">The data sets by name.</param>
/// <param name="data">The group of the data.</param>
/// <param name="objective">The group of the objective.</param>
internal sealed class ObjectiveOfData(ComponentCatalog catalog, GroupState data, GroupState objective)
{
    private int _layersOfData;
    private int _layersOfObjective;

    /// <summary>Notes what the default config has set. Called after that layer.</summary>
    public void NoteDefaults() => (_layersOfData, _layersOfObjective) = (data.Layers, objective.Layers);

    /// <summary>Returns the choice of the objective; null to leave it. Called after all choices are made.</summary>
    public ScalarNode? Choice()
        => data.Layers > _layersOfData && objective.Layers == _layersOfObjective && data.ChosenAt is { } place
            && data.Name is { } name && catalog.TryFind(CatalogGroup.Data, name)?.Source.GetCustomAttribute<DatasetAttribute>()?.Objective is { } named
            ? new ScalarNode(place, named, IsPlain: true)
            : null;
}
