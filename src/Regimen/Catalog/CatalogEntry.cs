using System.Reflection;

namespace Regimen.Catalog;

/// <summary>Something that a config can choose by name.</summary>
public sealed class CatalogEntry
{
    internal CatalogEntry(string group, string name, Type optionsType, MemberInfo source, CallByType? call = null)
    {
        Group = group;
        Name = name;
        OptionsType = optionsType;
        Source = source;
        Call = call;
    }

    /// <summary>Its group, as <see cref="CatalogGroup"/> names them.</summary>
    public string Group { get; }

    /// <summary>Its name in the group.</summary>
    public string Name { get; }

    /// <summary>The record whose properties are its keys; <see cref="NoOptions"/> where it has none. An objective, optimizer,
    /// schedule or transform is this record itself.</summary>
    public Type OptionsType { get; }

    /// <summary>The class or function that carries the attribute.</summary>
    public MemberInfo Source { get; }

    /// <summary>As <c>model=mlp</c>.</summary>
    public override string ToString() => $"{Group}={Name}";

    /// <summary>How a model or a data set is made; null for what is its own options record.</summary>
    internal CallByType? Call { get; }
}
