using System.Reflection;
using System.Text.RegularExpressions;
using Regimen.Data;
using Regimen.Datasets;
using Regimen.Models;
using static TorchSharp.torch;

namespace Regimen.Catalog;

/// <summary>Creates catalog entries for classes and functions with a <see cref="CatalogAttribute"/>, and collects the problems of invalid
/// ones. It inspects types only: no instance is created, and libtorch is not loaded.</summary>
internal sealed partial class CatalogScan
{
    private const BindingFlags AllStatic = BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;
    private static readonly Type[] GivenToModels = [typeof(ModelContext), typeof(SampleShape), typeof(int)];
    private static readonly Type[] GivenToDatasets = [typeof(DatasetContext)];

    public List<CatalogEntry> Entries { get; } = [];

    public List<Problem> Problems { get; } = [];

    /// <summary>Adds the components of an assembly.</summary>
    public void Add(Assembly assembly)
    {
        foreach (MarkedType marked in MarkedMembers.Of(assembly))
        {
            if (!AddLazily(assembly, marked))
            {
                Add(assembly.GetType(marked.Type, throwOnError: true)!);
            }
        }
    }

    public void Add(Type type)
    {
        if (type.GetCustomAttribute<CatalogAttribute>(inherit: false) is { } attribute)
        {
            Add(attribute, type);
        }

        foreach (MethodInfo method in type.GetMethods(AllStatic))
        {
            if (method.GetCustomAttribute<CatalogAttribute>(inherit: false) is { } onMethod)
            {
                Add(onMethod, method);
            }
        }
    }

    /// <summary>Adds a problem for every name that is used more than once in a group.</summary>
    public void CheckNames()
    {
        foreach (IGrouping<string, CatalogEntry> same in Entries.GroupBy(e => e.ToString()).Where(g => g.Skip(1).Any()))
        {
            CatalogEntry first = same.First();
            Problems.Add(new Problem($"{same.Count()} components are named '{first.Name}' in the group {first.Group}")
            {
                Where = string.Join(" and ", same.Select(e => $"{Describe(e.Source)} in {e.Source.Module.Assembly.GetName().Name}")),
                Expected = "one",
                Hint = "Change the name in the attribute of the others.",
            });
        }
    }

    private static Type? OptionsOf(Assembly assembly, string model)
        => assembly.GetType($"{model}Options") ?? assembly.GetType($"{model.TrimEnd([.. "0123456789"])}Options");

    /// <summary>Adds a built-in model without loading its class, which would load TorchSharp. Reading a config needs only the options record, which
    /// is therefore not nested in the class; architectures of several depths (<c>ResNet18</c>, <c>ResNet34</c>) share one.</summary>
    private bool AddLazily(Assembly assembly, MarkedType marked)
    {
        if (assembly != typeof(ModelAttribute).Assembly || marked.Model is not { } name || OptionsOf(assembly, marked.Type) is not { } options)
        {
            return false;
        }

        Entries.Add(new CatalogEntry(CatalogGroup.Model, name, options, Documentation.IdOf(assembly, marked.Type), () =>
        {
            var scan = new CatalogScan();
            scan.Add(assembly.GetType(marked.Type, throwOnError: true)!);
            CatalogEntry entry = scan.Entries.Single();
            return (entry.Source, entry.Binder);
        }));
        return true;
    }

    private void Add(CatalogAttribute attribute, MemberInfo source)
    {
        string group = CatalogGroup.OfAttribute.GetValueOrDefault(attribute.GetType())
            ?? throw new NotSupportedException($"Expected an attribute of a known group; received {attribute.GetType().Name}.");
        string? wrong = !NamePattern().IsMatch(attribute.Name)
            ? $"a name of lower-case letters, digits and underscores; received '{attribute.Name}'"
            : (group, source) switch
            {
                (CatalogGroup.Data, MethodInfo method) => AddDataset(attribute.Name, method),
                (CatalogGroup.Data, _) => "a public static function",
                (_, Type type) => Add(group, attribute.Name, type),
                _ => "a public class",
            };
        if (wrong is not null)
        {
            string[] parts = wrong.Split("; ", 2);
            Problems.Add(new Problem($"The {group} '{attribute.Name}' is invalid")
            {
                Where = Describe(source),
                Expected = parts[0],
                Received = parts.Length > 1 ? parts[1].Replace("received ", "", StringComparison.Ordinal) : null,
            });
        }
    }

    /// <returns>A description of what was expected; null if the component is valid.</returns>
    private string? Add(string group, string name, Type type)
    {
        if (!type.IsVisible || type.IsAbstract || type.ContainsGenericParameters)
        {
            return "a public class that is neither abstract nor generic, in public classes only";
        }

        return group == CatalogGroup.Model ? AddModel(name, type) : AddOptions(group, name, type, CatalogGroup.Records[group]);
    }

    private string? AddModel(string name, Type type)
    {
        if (!typeof(nn.Module).IsAssignableFrom(type))
        {
            return "a class that derives from Module";
        }

        ConstructorInfo[] constructors = type.GetConstructors();
        var plans = new List<ParameterBinder>();
        string? problem = null;
        foreach (ConstructorInfo constructor in constructors)
        {
            if (ParameterBinder.TryPlan(constructor, GivenToModels, out string? reason) is { } plan)
            {
                plans.Add(plan);
            }
            else
            {
                problem ??= $"{ParameterBinder.Describe(constructor)}, of which {reason}";
            }
        }

        return plans switch
        {
            [ParameterBinder one] => Add(new CatalogEntry(CatalogGroup.Model, name, one.OptionsType ?? typeof(NoOptions), type, one)),
            [] => "one public constructor that takes at most an options record, a ModelContext, a SampleShape (of a sample) and an int (the "
                + $"outputs); received {problem ?? "none"}",
            _ => $"one public constructor that can be called; received {plans.Count}",
        };
    }

    private string? AddDataset(string name, MethodInfo method)
    {
        if (!method.IsPublic || method.DeclaringType is not { IsVisible: true } || method.ContainsGenericParameters
            || method.ReturnType != typeof(DataSplits))
        {
            return "a public static function in a public class that returns DataSplits; "
                + $"received {method.ReturnType.Name} {ParameterBinder.Describe(method)}";
        }

        return ParameterBinder.TryPlan(method, GivenToDatasets, out string? reason) is { } plan
            ? Add(new CatalogEntry(CatalogGroup.Data, name, plan.OptionsType ?? typeof(NoOptions), method, plan))
            : "a function that takes at most an options record and a DatasetContext; "
                + $"received {ParameterBinder.Describe(method)}, of which {reason}";
    }

    private string? AddOptions(string group, string name, Type type, Type parent)
        => parent.IsAssignableFrom(type) ? Add(new CatalogEntry(group, name, type, type)) : $"a record that derives from {parent.Name}";

    private string? Add(CatalogEntry entry)
    {
        // `name` is the key of the group itself.
        if (entry.OptionsType.GetProperty("Name") is { SetMethod: not null } property && !property.IsDefined(typeof(ConfigIgnoreAttribute)))
        {
            return "options without a Name: `name` is the group's own key";
        }

        Entries.Add(entry);
        return null;
    }

    private static string Describe(MemberInfo source) => source is Type type
        ? type.FullName!.Replace('+', '.')
        : $"{Describe(source.DeclaringType!)}.{source.Name}";

    [GeneratedRegex("^[a-z][a-z0-9_]*\\z")]
    private static partial Regex NamePattern();
}
