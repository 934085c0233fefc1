using System.ComponentModel.DataAnnotations;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using Regimen.Catalog;
using Regimen.Optimization;

namespace Regimen.Configuration;

/// <summary>A config key, with the type, bounds and default declared by a property of an options record.</summary>
internal abstract class OptionKey
{
    protected OptionKey(OptionProperty property)
    {
        Path = property.Path;
        Chain = property.Chain;
        Default = property.Default;
        LegacyDefault = property.LegacyDefault;
        WrittenForm = property.Chain[^1].GetCustomAttribute<WrittenFormAttribute>();
        PropertyInfo last = property.Chain[^1];
        bool refusesNull = property.Attributes.Any(a => a is RequiredAttribute);
        IsNullable = !refusesNull && (Nullable.GetUnderlyingType(last.PropertyType) is not null
            || (!last.PropertyType.IsValueType && new NullabilityInfoContext().Create(last).WriteState == NullabilityState.Nullable));
        IsRequired = last.IsDefined(typeof(RequiredMemberAttribute)) || property.Parameter is { HasDefaultValue: false }
            || (refusesNull && Default is null);
    }

    /// <summary>The name in the group. A key of a nested record has a dot, for example <c>block.width</c>.</summary>
    public string Path { get; }

    /// <summary>The properties from the group's record to this value.</summary>
    public PropertyInfo[] Chain { get; }

    /// <summary>The value if no config sets the key.</summary>
    public object? Default { get; }

    /// <summary>The value for runs that were recorded before the key existed, as written in a config; null for <see cref="Default"/>.</summary>
    public string? LegacyDefault { get; }

    /// <summary>The check of the value as written; null for none.</summary>
    public WrittenFormAttribute? WrittenForm { get; }

    /// <summary>Whether null is allowed.</summary>
    public bool IsNullable { get; }

    /// <summary>Whether a config must set the key.</summary>
    public bool IsRequired { get; }

    /// <summary>The accepted values as text, for example "a whole number from 1 to 65536, or null".</summary>
    public abstract string Expected { get; }

    /// <summary>Creates the key of a property; null if its type is not supported.</summary>
    public static OptionKey? For(OptionProperty property)
    {
        Type type = property.Chain[^1].PropertyType;
        type = Nullable.GetUnderlyingType(type) ?? type;
        ListType? list = ListType.For(type);
        if (list is not null && CatalogGroup.OfRecord(list.Element) is { } group)
        {
            return new ComponentListKey(property, list, group);
        }

        if (TextMapKey.IsType(type))
        {
            return new TextMapKey(property);
        }

        if (type == typeof(ClassWeights))
        {
            return new WeightsKey(property);
        }

        if (list is not null && RecordListKey.IsElement(list.Element))
        {
            return new RecordListKey(property, list);
        }

        return ValueKind.For(list?.Element ?? type) is { } kind ? new ValueKey(property, list, kind) : null;
    }

    /// <summary>Reads a value. Problems are added to the list of <paramref name="reading"/>.</summary>
    /// <param name="node">The node as written.</param>
    /// <param name="name">The full key for messages, for example <c>model.hidden</c>.</param>
    /// <param name="reading">The catalog and the list of problems.</param>
    /// <param name="value">The value, if it is valid.</param>
    public abstract bool TryRead(ConfigNode node, string name, ConfigReading reading, out object? value);

    /// <summary>Writes a value as YAML, in one line.</summary>
    public abstract string Write(object? value);

    /// <summary>Writes a value as JSON.</summary>
    public abstract JsonNode? WriteJson(object? value);

    /// <summary>Returns the JSON Schema of the values.</summary>
    public abstract JsonObject Schema();

    /// <summary>Converts a value to the type of the property.</summary>
    public abstract object? ToProperty(object? value);

    protected static Problem Wrong(string message, ConfigNode node, string expected, string? hint = null)
        => new(message) { Where = node.Place.ToString(), Expected = expected, Received = node.Received, Hint = hint };
}

/// <summary>A property of an options record that becomes a key.</summary>
/// <param name="Path">The name in the group.</param>
/// <param name="Chain">The properties from the group's record to this one.</param>
/// <param name="Parameter">The constructor parameter, if the property is declared by a positional record; else null.</param>
/// <param name="Default">The value in a new record.</param>
internal sealed record OptionProperty(string Path, PropertyInfo[] Chain, ParameterInfo? Parameter, object? Default)
{
    /// <summary>The validation attributes of the property and of the parameter.</summary>
    public ValidationAttribute[] Attributes { get; } =
        [.. Chain[^1].GetCustomAttributes<ValidationAttribute>(), .. Parameter?.GetCustomAttributes<ValidationAttribute>() ?? []];

    /// <summary>Whether <see cref="AcceptsSingleAttribute"/> is on the property or the parameter.</summary>
    public bool AcceptsSingle { get; } = Chain[^1].IsDefined(typeof(AcceptsSingleAttribute)) || Parameter?.IsDefined(typeof(AcceptsSingleAttribute), inherit: false) == true;

    /// <summary>The word for null of <see cref="NullIsAttribute"/> on the property or the parameter; null without one.</summary>
    public string? NullWord { get; } = (Chain[^1].GetCustomAttribute<NullIsAttribute>() ?? Parameter?.GetCustomAttribute<NullIsAttribute>())?.Word;

    /// <summary>The value of <see cref="LegacyDefaultAttribute"/> on the property or the parameter; null without one.</summary>
    public string? LegacyDefault { get; } =
        (Chain[^1].GetCustomAttribute<LegacyDefaultAttribute>() ?? Parameter?.GetCustomAttribute<LegacyDefaultAttribute>())?.Value;
}
