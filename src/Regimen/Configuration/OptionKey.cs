using System.Collections;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;

namespace Regimen.Configuration;

/// <summary>A key of a config as its record's property declares it: type, bounds, default.</summary>
internal sealed class OptionKey
{
    private readonly ListType? _list;
    private readonly ValueKind _kind;
    private readonly Bounds? _bounds;
    private readonly Bounds? _length;
    private readonly ValidationAttribute[] _others;

    private OptionKey(string path, PropertyInfo[] chain, ListType? list, ValueKind kind, ParameterInfo? parameter, object? defaultValue)
    {
        Path = path;
        Chain = chain;
        Default = defaultValue;
        PropertyInfo property = chain[^1];
        (_list, _kind) = (list, kind);
        ValidationAttribute[] attributes =
            [.. property.GetCustomAttributes<ValidationAttribute>(), .. parameter?.GetCustomAttributes<ValidationAttribute>() ?? []];
        bool refusesNull = attributes.Any(a => a is RequiredAttribute);
        IsNullable = !refusesNull && (Nullable.GetUnderlyingType(property.PropertyType) is not null
            || (!property.PropertyType.IsValueType && new NullabilityInfoContext().Create(property).WriteState == NullabilityState.Nullable));
        IsRequired = property.IsDefined(typeof(RequiredMemberAttribute)) || parameter is { HasDefaultValue: false }
            || (refusesNull && defaultValue is null);
        _bounds = attributes.OfType<RangeAttribute>().FirstOrDefault() is { } range ? Bounds.Of(range, kind) : null;
        _length = LengthOf(attributes, isText: list is null && kind is FreeText);
        _others = [.. attributes.Where(a => a is not (RangeAttribute or RequiredAttribute or LengthAttribute or MinLengthAttribute
            or MaxLengthAttribute or StringLengthAttribute))];
    }

    /// <summary>Its name in its group; of a record inside a record, with a dot: <c>block.width</c>.</summary>
    public string Path { get; }

    /// <summary>The properties from the group's record to this value.</summary>
    public PropertyInfo[] Chain { get; }

    /// <summary>What it is where no config sets it.</summary>
    public object? Default { get; }

    /// <summary>Whether it may be null.</summary>
    public bool IsNullable { get; }

    /// <summary>Whether a config must set it.</summary>
    public bool IsRequired { get; }

    /// <summary>What it takes, as words: "a whole number from 1 to 65536, or null".</summary>
    public string Expected => IsNullable ? $"{ExpectedValue(_bounds)}, or null" : ExpectedValue(_bounds);

    /// <summary>The key of a property; null where a config can't hold such a value.</summary>
    public static OptionKey? For(string path, PropertyInfo[] chain, ParameterInfo? parameter, object? defaultValue)
    {
        Type type = Nullable.GetUnderlyingType(chain[^1].PropertyType) ?? chain[^1].PropertyType;
        ListType? list = ListType.For(type);
        return ValueKind.For(list?.Element ?? type) is { } kind ? new OptionKey(path, chain, list, kind, parameter, defaultValue) : null;
    }

    /// <summary>Reads a value.</summary>
    /// <param name="node">What was written.</param>
    /// <param name="name">The key's whole name, for errors: <c>model.hidden</c>.</param>
    /// <param name="problem">What is wrong with it, else null.</param>
    public object? Read(ConfigNode node, string name, out Problem? problem)
    {
        problem = null;
        if (node is ScalarNode { IsNull: true } nothing)
        {
            if (!IsNullable)
            {
                string what = nothing.Text.Length == 0 ? "has no value" : "can't be null";
                problem = Wrong($"`{name}` {what}", node, Expected, NullHint(nothing));
            }

            return null;
        }

        object? value = _list is null ? ReadOne(node, name, out problem) : ReadList(_list, node, name, out problem);
        if (problem is null && _others.FirstOrDefault(a => !a.IsValid(value)) is { } violated)
        {
            problem = Wrong($"Wrong value for `{name}`", node, violated.ErrorMessage ?? violated.FormatErrorMessage(name));
        }

        return value;
    }

    /// <summary>A value as YAML.</summary>
    public string Write(object? value) => value switch
    {
        null => "null",
        _ when _list is null => _kind.Write(value),
        _ => $"[{string.Join(", ", ((IEnumerable)value).Cast<object>().Select(_kind.Write))}]",
    };

    /// <summary>A value as JSON.</summary>
    public JsonNode? WriteJson(object? value) => value switch
    {
        null => null,
        _ when _list is null => _kind.WriteJson(value),
        _ => new JsonArray([.. ((IEnumerable)value).Cast<object>().Select(_kind.WriteJson)]),
    };

    private object? ReadOne(ConfigNode node, string name, out Problem? problem)
    {
        problem = null;
        string expected = _list is null ? Expected : Of("", _kind.Noun, _bounds);
        if (node is not ScalarNode scalar)
        {
            problem = Wrong($"Wrong value for `{name}`", node, expected);
            return null;
        }

        if (scalar.IsPlain && scalar.Text.Contains("${", StringComparison.Ordinal))
        {
            problem = Wrong($"`{name}` refers to another value, which is not possible yet", node, expected,
                "Write the value itself, or put it in quotes if it is meant as text.");
            return null;
        }

        object? value = _kind.Read(scalar);
        if (value is null && _kind is WholeNumber whole && whole.IsBeyondType(scalar))
        {
            string min = _bounds?.Min is { } least ? Bounds.Format(least) : whole.Limits.Min.ToString(CultureInfo.InvariantCulture);
            string max = _bounds?.Max is { } greatest ? Bounds.Format(greatest) : whole.Limits.Max.ToString(CultureInfo.InvariantCulture);
            problem = Wrong($"`{name}` is out of bounds", node, $"{_kind.Noun} from {min} to {max}{(IsNullable ? ", or null" : "")}");
        }
        else if (value is null)
        {
            problem = Wrong($"Wrong value for `{name}`", node, expected, _kind.Hint(scalar) ?? SeveralHint(scalar));
        }
        else if (_bounds is not null && !_bounds.Contains(value))
        {
            problem = Wrong($"`{name}` is out of bounds", node, expected);
        }
        else if (_list is null && _length is not null && value is string text && !_length.Contains(text.Length))
        {
            problem = Wrong($"Wrong length of `{name}`", node, expected);
        }

        return value;
    }

    private Array? ReadList(ListType list, ConfigNode node, string name, out Problem? problem)
    {
        problem = null;
        if (node is not SequenceNode sequence)
        {
            string? hint = node is ScalarNode scalar && (_kind.Read(scalar) is not null || IsSeveral(scalar))
                ? $"A list is written [{scalar.Received}]."
                : null;
            problem = Wrong($"Wrong value for `{name}`", node, Expected, hint);
            return null;
        }

        if (_length is not null && !_length.Contains(sequence.Items.Count))
        {
            problem = Wrong($"Wrong length of `{name}`", node, Expected);
            return null;
        }

        var values = Array.CreateInstance(list.Element, sequence.Items.Count);
        for (int i = 0; i < values.Length; i++)
        {
            object? value = ReadOne(sequence.Items[i], $"{name}[{i}]", out problem);
            if (problem is not null)
            {
                return null;
            }

            values.SetValue(value, i);
        }

        return values;
    }

    /// <summary>A value as the property takes it.</summary>
    public object? ToProperty(object? value) => value is Array array ? _list!.From(array) : value;

    private static string? SeveralHint(ScalarNode scalar)
        => IsSeveral(scalar) ? "Several values, one run each, are for `regimen sweep`." : null;

    private static bool IsSeveral(ScalarNode scalar)
        => scalar.Place.IsOption && scalar.IsPlain && scalar.Text.Contains(',', StringComparison.Ordinal);

    private string? NullHint(ScalarNode nothing) => nothing.Text.Length == 0
        ? "Write a value, or leave the key out for its default."
        : _kind is FreeText ? $"Write \"{nothing.Text}\" for the text itself." : "Leave the key out for its default.";

    private string ExpectedValue(Bounds? bounds)
    {
        string? own = _others.Select(a => a.ErrorMessage).FirstOrDefault(m => m is not null);
        if (own is not null)
        {
            return own;
        }

        if (_list is null)
        {
            return _length is null ? Of("", _kind.Noun, bounds) : $"{_kind.Noun} {Characters(_length)}";
        }

        string count = _length is { Min: { } min, Max: { } max } && min == max ? $"{Bounds.Format(min)} " : "";
        string other = count.Length == 0 && _length is not null
            ? $", {_length.ToString().Replace("of at", "at", StringComparison.Ordinal)} of them"
            : "";
        return Of($"a list of {count}", _kind.Plural, bounds, ", each") + other;
    }

    private static string Of(string before, string noun, Bounds? bounds, string between = "")
        => bounds?.ToString() is { Length: > 0 } words ? $"{before}{noun}{between} {words}" : before + noun;

    private static string Characters(Bounds length) => length is { Min: 1, Max: null }
        ? "that is not empty"
        : $"{length.ToString().Replace("from", "of", StringComparison.Ordinal)} characters";

    private static Bounds? LengthOf(ValidationAttribute[] attributes, bool isText)
    {
        (int min, int max) = (0, int.MaxValue);
        foreach (ValidationAttribute attribute in attributes)
        {
            (int least, int most) = attribute switch
            {
                LengthAttribute length => (length.MinimumLength, length.MaximumLength),
                MinLengthAttribute length => (length.Length, int.MaxValue),
                MaxLengthAttribute length => (0, length.Length),
                StringLengthAttribute length => (length.MinimumLength, length.MaximumLength),
                RequiredAttribute { AllowEmptyStrings: false } when isText => (1, int.MaxValue),
                _ => (0, int.MaxValue),
            };
            (min, max) = (Math.Max(min, least), Math.Min(max, most));
        }

        return (min, max) is (0, int.MaxValue) ? null : new Bounds(min == 0 ? null : min, max == int.MaxValue ? null : max);
    }

    private static Problem Wrong(string message, ConfigNode node, string expected, string? hint = null)
        => new(message) { Where = node.Place.ToString(), Expected = expected, Received = node.Received, Hint = hint };
}
