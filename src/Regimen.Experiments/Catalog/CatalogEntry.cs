using System.Reflection;

namespace Regimen.Catalog;

/// <summary>Something that a config can choose by name.</summary>
public sealed class CatalogEntry
{
    private readonly Func<(MemberInfo Source, ParameterBinder? Binder)> _find;
    private (MemberInfo Source, ParameterBinder? Binder)? _found;

    internal CatalogEntry(string group, string name, Type optionsType, MemberInfo source, ParameterBinder? binder = null)
        : this(group, name, optionsType, Documentation.IdOf(source), () => (source, binder))
    {
    }

    /// <summary>An entry whose class is loaded when it is first needed: a model's needs TorchSharp.</summary>
    internal CatalogEntry(string group, string name, Type optionsType, DocumentationId documentation, Func<(MemberInfo Source, ParameterBinder? Binder)> find)
    {
        Group = group;
        Name = name;
        OptionsType = optionsType;
        Documented = documentation;
        _find = find;
    }

    /// <summary>Its group, as <see cref="CatalogGroup"/> names them.</summary>
    public string Group { get; }

    /// <summary>Its name in the group.</summary>
    public string Name { get; }

    /// <summary>The record whose properties are its keys; <see cref="NoOptions"/> where it has none. An objective, optimizer,
    /// schedule or transform is this record itself.</summary>
    public Type OptionsType { get; }

    /// <summary>The class or function that carries the attribute.</summary>
    public MemberInfo Source => (_found ??= _find()).Source;

    /// <summary>As <c>model=mlp</c>.</summary>
    public override string ToString() => $"{Group}={Name}";

    /// <summary>Where its source is documented.</summary>
    internal DocumentationId Documented { get; }

    /// <summary>How a model or a data set is made; null for what is its own options record.</summary>
    internal ParameterBinder? Binder => (_found ??= _find()).Binder;
}
