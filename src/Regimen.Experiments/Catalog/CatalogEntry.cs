using System.Reflection;

namespace Regimen.Catalog;

/// <summary>A component that a config can choose by name.</summary>
public sealed class CatalogEntry
{
    private readonly Func<(MemberInfo Source, ParameterBinder? Binder)> _find;
    private (MemberInfo Source, ParameterBinder? Binder)? _found;

    internal CatalogEntry(string group, string name, Type optionsType, MemberInfo source, ParameterBinder? binder = null)
        : this(group, name, optionsType, Documentation.IdOf(source), () => (source, binder))
    {
    }

    /// <summary>Creates an entry whose class is loaded at first use, because loading the class of a model loads TorchSharp.</summary>
    internal CatalogEntry(string group, string name, Type optionsType, DocumentationId documentation, Func<(MemberInfo Source, ParameterBinder? Binder)> find)
    {
        Group = group;
        Name = name;
        OptionsType = optionsType;
        Documented = documentation;
        _find = find;
    }

    /// <summary>The group, one of the constants of <see cref="CatalogGroup"/>.</summary>
    public string Group { get; }

    /// <summary>The name in the group.</summary>
    public string Name { get; }

    /// <summary>The record whose properties are the config keys; <see cref="NoOptions"/> if there are none. An objective, optimizer,
    /// schedule or transform is this record itself.</summary>
    public Type OptionsType { get; }

    /// <summary>The class or function that carries the attribute.</summary>
    public MemberInfo Source => (_found ??= _find()).Source;

    /// <summary>Returns the entry in the form <c>model=mlp</c>.</summary>
    public override string ToString() => $"{Group}={Name}";

    /// <summary>The documentation ID of its source.</summary>
    internal DocumentationId Documented { get; }

    /// <summary>The constructor or function that creates a model or a data set; null for components that are their own options record.</summary>
    internal ParameterBinder? Binder => (_found ??= _find()).Binder;
}
