using System.Reflection;
using Regimen.Data;
using Regimen.Datasets;
using Regimen.Models;
using Regimen.Optimization;
using Regimen.Transforms;
using static TorchSharp.torch;

namespace Regimen.Catalog;

/// <summary>Everything that a config can choose by name, found by the attributes it carries: <see cref="ModelAttribute"/>,
/// <see cref="DatasetAttribute"/>, <see cref="ObjectiveAttribute"/>, <see cref="OptimizerAttribute"/>,
/// <see cref="ScheduleAttribute"/>, <see cref="TransformAttribute"/>.</summary>
/// <remarks>Finding looks at types only, and does not load libtorch.</remarks>
public sealed class ComponentCatalog
{
    private readonly Dictionary<(string Group, string Name), CatalogEntry> _byName;

    private ComponentCatalog(IReadOnlyList<CatalogEntry> entries)
    {
        Entries = entries;
        _byName = entries.ToDictionary(e => (e.Group, e.Name));
    }

    /// <summary>Everything, by group and name in ordinal order.</summary>
    public IReadOnlyList<CatalogEntry> Entries { get; }

    /// <summary>What comes with Regimen, and what is marked in these assemblies.</summary>
    /// <exception cref="RequestException">Two have the same name in a group, or something marked can't be made: all such problems.</exception>
    public static ComponentCatalog From(params IEnumerable<Assembly> assemblies) => From(assemblies, []);

    /// <summary>What comes with Regimen, and what is marked among these types.</summary>
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

    /// <summary>The entries of a group, by name in ordinal order.</summary>
    /// <param name="group">As <see cref="CatalogGroup"/> names them.</param>
    public IEnumerable<CatalogEntry> In(string group) => Entries.Where(e => e.Group == group);

    /// <summary>The entry of this name, or null.</summary>
    public CatalogEntry? TryFind(string group, string name) => _byName.GetValueOrDefault((group, name));

    /// <summary>The entry of this name.</summary>
    /// <exception cref="RequestException">There is none; the message lists those there are.</exception>
    public CatalogEntry Find(string group, string name) => TryFind(group, name) ?? throw new RequestException(Unknown(group, name));

    /// <summary>A new model; its first weights come from libtorch's default generator.</summary>
    /// <param name="name">The model's name.</param>
    /// <param name="options">A record of the entry's options type.</param>
    /// <param name="input">A sample's shape, without the batch dimension.</param>
    /// <param name="outputs">How many values the model gives for a sample: the classes, where it is to classify.</param>
    /// <exception cref="RequestException">There is no such model. What its constructor throws comes through as it is.</exception>
    public nn.Module<Tensor, Tensor> CreateModel(string name, object options, SampleShape input, int outputs)
        => (nn.Module<Tensor, Tensor>)Find(CatalogGroup.Model, name).Binder!.Invoke(options, input, outputs)!;

    /// <summary>Reads a data set.</summary>
    /// <param name="name">The data set's name.</param>
    /// <param name="options">A record of the entry's options type.</param>
    /// <param name="context">What it may need to know beside its options.</param>
    /// <exception cref="RequestException">There is no such data set. What its function throws comes through as it is.</exception>
    public DataSplits LoadData(string name, object options, DatasetContext context)
        => (DataSplits)Find(CatalogGroup.Data, name).Binder!.Invoke(options, context)!;

    private Problem Unknown(string group, string name)
    {
        string[] names = [.. In(group).Select(e => e.Name)];
        return new Problem($"There is no {group} named '{name}'")
        {
            Expected = names.Length > 0 ? $"one of {string.Join(", ", names)}" : $"a {group} in the given assemblies: there is none",
            Received = name,
            Hint = Spelling.DidYouMean(name, names),
        };
    }
}
