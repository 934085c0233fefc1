using System.ComponentModel.DataAnnotations;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using Regimen.Catalog;

namespace Regimen.Configuration;

/// <summary>A key of a config as its record's property declares it: type, bounds, default.</summary>
internal abstract class OptionKey
{
    protected OptionKey(OptionProperty property)
    {
        Path = property.Path;
        Chain = property.Chain;
        Default = property.Default;
        BeforeItExisted = property.BeforeItExisted;
        PropertyInfo last = property.Chain[^1];
        bool refusesNull = property.Attributes.Any(a => a is RequiredAttribute);
        IsNullable = !refusesNull && (Nullable.GetUnderlyingType(last.PropertyType) is not null
            || (!last.PropertyType.IsValueType && new NullabilityInfoContext().Create(last).WriteState == NullabilityState.Nullable));
        IsRequired = last.IsDefined(typeof(RequiredMemberAttribute)) || property.Parameter is { HasDefaultValue: false }
            || (refusesNull && Default is null);
    }

    /// <summary>Its name in its group; of a record inside a record, with a dot: <c>block.width</c>.</summary>
    public string Path { get; }

    /// <summary>The properties from the group's record to this value.</summary>
    public PropertyInfo[] Chain { get; }

    /// <summary>What it is where no config sets it.</summary>
    public object? Default { get; }

    /// <summary>The value of runs that were recorded before the key existed, as a config would write it; null for <see cref="Default"/>.</summary>
    public string? BeforeItExisted { get; }

    /// <summary>Whether it may be null.</summary>
    public bool IsNullable { get; }

    /// <summary>Whether a config must set it.</summary>
    public bool IsRequired { get; }

    /// <summary>What it takes, as words: "a whole number from 1 to 65536, or null".</summary>
    public abstract string Expected { get; }

    /// <summary>The key of a property; null where a config can't hold such a value.</summary>
    public static OptionKey? For(OptionProperty property)
    {
        Type type = property.Chain[^1].PropertyType;
        type = Nullable.GetUnderlyingType(type) ?? type;
        ListType? list = ListType.For(type);
        if (list is not null && CatalogGroup.OfRecord(list.Element) is { } group)
        {
            return new ComponentListKey(property, list, group);
        }

        return ValueKind.For(list?.Element ?? type) is { } kind ? new ValueKey(property, list, kind) : null;
    }

    /// <summary>Reads a value; what is wrong with it is added to the problems.</summary>
    /// <param name="node">What was written.</param>
    /// <param name="name">The key's whole name, for errors: <c>model.hidden</c>.</param>
    /// <param name="reading">What names stand for, and where problems go.</param>
    /// <param name="value">The value, where nothing is wrong.</param>
    public abstract bool TryRead(ConfigNode node, string name, ConfigReading reading, out object? value);

    /// <summary>A value as YAML, in one line.</summary>
    public abstract string Write(object? value);

    /// <summary>A value as JSON.</summary>
    public abstract JsonNode? WriteJson(object? value);

    /// <summary>What JSON Schema says of its values.</summary>
    public abstract JsonObject Schema();

    /// <summary>A value as the property takes it.</summary>
    public abstract object? ToProperty(object? value);

    protected static Problem Wrong(string message, ConfigNode node, string expected, string? hint = null)
        => new(message) { Where = node.Place.ToString(), Expected = expected, Received = node.Received, Hint = hint };
}

/// <summary>A property that is to be a key.</summary>
/// <param name="Path">Its name in its group.</param>
/// <param name="Chain">The properties from the group's record to it.</param>
/// <param name="Parameter">The positional record's parameter that it is, or null.</param>
/// <param name="Default">Its value in a record that nothing was set in.</param>
internal sealed record OptionProperty(string Path, PropertyInfo[] Chain, ParameterInfo? Parameter, object? Default)
{
    /// <summary>What it says of its values: on the property or on the parameter.</summary>
    public ValidationAttribute[] Attributes { get; } =
        [.. Chain[^1].GetCustomAttributes<ValidationAttribute>(), .. Parameter?.GetCustomAttributes<ValidationAttribute>() ?? []];

    /// <summary>What <see cref="LegacyDefaultAttribute"/> on the property or the parameter says; null without one.</summary>
    public string? BeforeItExisted { get; } =
        (Chain[^1].GetCustomAttribute<LegacyDefaultAttribute>() ?? Parameter?.GetCustomAttribute<LegacyDefaultAttribute>())?.Value;
}
