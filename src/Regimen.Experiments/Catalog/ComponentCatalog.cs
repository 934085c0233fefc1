using System.Reflection;
using Regimen.Data;
using Regimen.Datasets;
using Regimen.Metrics;
using Regimen.Models;
using Regimen.Optimization;
using Regimen.Training;
using Regimen.Transforms;
using static TorchSharp.torch;

namespace Regimen.Catalog;

/// <summary>The components that a config can choose by name, found by their attributes: <see cref="ModelAttribute"/>,
/// <see cref="DatasetAttribute"/>, <see cref="ObjectiveAttribute"/>, <see cref="OptimizerAttribute"/>,
/// <see cref="ScheduleAttribute"/>, <see cref="WeightAverageAttribute"/>, <see cref="TransformAttribute"/>, <see cref="MetricAttribute"/>, <see cref="ObserverAttribute"/>.</summary>
/// <remarks>The search inspects types only and does not load libtorch.</remarks>
public sealed class ComponentCatalog
{
    private readonly Dictionary<(string Group, string Name), CatalogEntry> _byName;

    private ComponentCatalog(IReadOnlyList<CatalogEntry> entries)
    {
        Entries = entries;
        _byName = entries.ToDictionary(e => (e.Group, e.Name));
    }

    /// <summary>All entries, by group and name in ordinal order.</summary>
    public IReadOnlyList<CatalogEntry> Entries { get; }

    /// <summary>Creates a catalog of the built-in components and those of the given assemblies.</summary>
    /// <exception cref="RequestException">Two components have the same name in a group, or a component is invalid. Lists all such problems.</exception>
    public static ComponentCatalog From(params IEnumerable<Assembly> assemblies) => From(assemblies, []);

    /// <summary>Creates a catalog of the built-in components and those among the given types.</summary>
    internal static ComponentCatalog FromTypes(params IEnumerable<Type> types) => From([], types);

    private static ComponentCatalog From(IEnumerable<Assembly> assemblies, IEnumerable<Type> types)
    {
        var scan = new CatalogScan();
        foreach (Assembly assembly in assemblies.Prepend(typeof(ComponentCatalog).Assembly).Prepend(typeof(CatalogAttribute).Assembly).Distinct())
        {
            scan.Add(assembly);
        }

        foreach (Type type in types)
        {
            scan.Add(type);
        }

        scan.CheckNames();
        return scan.Problems.Count > 0
            ? throw new RequestException(scan.Problems)
            : new ComponentCatalog([.. scan.Entries.OrderBy(e => e.Group, StringComparer.Ordinal).ThenBy(e => e.Name, StringComparer.Ordinal)]);
    }

    /// <summary>Returns the entries of a group, by name in ordinal order.</summary>
    /// <param name="group">One of the constants of <see cref="CatalogGroup"/>.</param>
    public IEnumerable<CatalogEntry> In(string group) => Entries.Where(e => e.Group == group);

    /// <summary>Returns the entry of a name; null if there is none.</summary>
    public CatalogEntry? TryFind(string group, string name) => _byName.GetValueOrDefault((group, name));

    /// <summary>Returns the entry of a name.</summary>
    /// <exception cref="RequestException">There is no such entry; the message lists the available names.</exception>
    public CatalogEntry Find(string group, string name) => TryFind(group, name) ?? throw new RequestException(Unknown(group, name));

    /// <summary>Creates a model; its initial weights are drawn from libtorch's default generator.</summary>
    /// <param name="name">The model's name.</param>
    /// <param name="options">A record of the entry's options type.</param>
    /// <param name="context">The inputs and the number of outputs.</param>
    /// <exception cref="RequestException">There is no such model. An exception of its constructor is thrown unchanged.</exception>
    public nn.Module CreateModel(string name, object options, ModelContext context)
        => (nn.Module)Find(CatalogGroup.Model, name).Binder!.Invoke(options, context, context.InputShape, context.Outputs)!;

    /// <summary>Creates a model for one float32 input.</summary>
    /// <param name="name">The model's name.</param>
    /// <param name="options">A record of the entry's options type.</param>
    /// <param name="input">The shape of a sample.</param>
    /// <param name="outputs">The number of outputs per sample.</param>
    /// <exception cref="RequestException">There is no such model. An exception of its constructor is thrown unchanged.</exception>
    public nn.Module CreateModel(string name, object options, SampleShape input, int outputs) => CreateModel(name, options, ModelContext.Of(input, outputs));

    /// <summary>Loads a data set.</summary>
    /// <param name="name">The data set's name.</param>
    /// <param name="options">A record of the entry's options type.</param>
    /// <param name="context">Additional information for loading, such as the seed.</param>
    /// <exception cref="RequestException">There is no such data set. An exception of its function is thrown unchanged.</exception>
    public DataSplits LoadData(string name, object options, DatasetContext context)
        => (DataSplits)Find(CatalogGroup.Data, name).Binder!.Invoke(options, context)!;

    private Problem Unknown(string group, string name)
    {
        string[] names = [.. In(group).Select(e => e.Name)];
        return new Problem($"Unknown {group} '{name}'")
        {
            Expected = names.Length > 0 ? $"one of {string.Join(", ", names)}" : $"a {group} in the given assemblies, which have none",
            Received = name,
            Hint = Spelling.DidYouMean(name, names),
        };
    }
}
