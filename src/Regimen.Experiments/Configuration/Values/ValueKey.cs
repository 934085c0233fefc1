using System.Collections;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Text.Json.Nodes;

namespace Regimen.Configuration;

/// <summary>A key that holds a value, a list of values, or a list for which a single value may stand (<see cref="AcceptsSingleAttribute"/>).</summary>
internal sealed class ValueKey : OptionKey
{
    private readonly ListType? _list;
    private readonly ValueKind _kind;
    private readonly Bounds? _bounds;
    private readonly Bounds? _length;
    private readonly ValidationAttribute[] _others;
    private readonly bool _acceptsSingle;
    private readonly string? _nullWord;

    public ValueKey(OptionProperty property, ListType? list, ValueKind kind)
        : base(property)
    {
        (_list, _kind) = (list, kind);
        _acceptsSingle = list is not null && property.AcceptsSingle;
        _nullWord = property.NullWord;
        ValidationAttribute[] attributes = property.Attributes;
        _bounds = attributes.OfType<RangeAttribute>().FirstOrDefault() is { } range ? Bounds.Of(range, (kind as WholeNumber)?.Limits) : null;
        _length = LengthWords.BoundsOf(attributes, isText: list is null && kind is FreeText);
        _others = [.. attributes.Where(a => a is not (RangeAttribute or RequiredAttribute or LengthAttribute or MinLengthAttribute
            or MaxLengthAttribute or StringLengthAttribute))];
    }

    /// <inheritdoc/>
    public override string Expected => $"{ExpectedValue(_bounds)}{OrNull}";

    /// <inheritdoc/>
    public override bool TryRead(ConfigNode node, string name, ConfigReading reading, out object? value)
    {
        value = Read(node, name, out Problem? problem);
        if (problem is not null)
        {
            reading.Problems.Add(problem);
        }

        return problem is null;
    }

    private object? Read(ConfigNode node, string name, out Problem? problem)
    {
        problem = null;
        if (_nullWord is not null && node is ScalarNode word && word.Text == _nullWord)
        {
            return null;
        }

        if (node is ScalarNode { IsNull: true } nothing)
        {
            if (!IsNullable)
            {
                string what = nothing.Text.Length == 0 ? "has no value" : "can't be null";
                problem = Wrong($"`{name}` {what}", node, Expected, NullHint(nothing));
            }
            else if (nothing.IsEmptied || (node.Place.IsOption && nothing.Text.Length == 0))
            {
                // More likely an unset shell variable than an intended null.
                problem = Wrong($"`{name}` has no value", node, Expected, $"Write a value, or {name}=null for null.");
            }

            return null;
        }

        object? value = _list is null ? ReadOne(node, name, Expected, out problem) : ReadList(_list, node, name, out problem);
        if (problem is null && _others.FirstOrDefault(a => !a.IsValid(value)) is { } violated)
        {
            problem = Wrong($"Wrong value for `{name}`", node, Words(violated) is not { } words ? Expected : $"{words}{OrNull}");
        }

        return value;
    }

    /// <inheritdoc/>
    public override string Write(object? value) => value switch
    {
        null => _nullWord ?? "null",
        _ when AsSingle(value) is { } single => _kind.Write(single),
        _ => $"[{string.Join(", ", ((IEnumerable)value).Cast<object>().Select(_kind.Write))}]",
    };

    /// <inheritdoc/>
    public override JsonNode? WriteJson(object? value) => value switch
    {
        null => _nullWord is null ? null : JsonValue.Create(_nullWord),
        _ when AsSingle(value) is { } single => _kind.WriteJson(single),
        _ => new JsonArray([.. ((IEnumerable)value).Cast<object>().Select(_kind.WriteJson)]),
    };

    /// <summary>Returns the value that is written without brackets; null for a list.</summary>
    private object? AsSingle(object value)
        => _list is null ? value : _acceptsSingle && ((IEnumerable)value).Cast<object>().Take(2).ToArray() is [var only] ? only : null;

    private object? ReadOne(ConfigNode node, string name, string expected, out Problem? problem)
    {
        problem = null;
        if (node is not ScalarNode scalar)
        {
            problem = Wrong($"Wrong value for `{name}`", node, expected);
            return null;
        }

        object? value = _kind.Read(scalar);
        if (value is null && _kind is WholeNumber whole && whole.IsBeyondType(scalar))
        {
            string min = _bounds?.Min is { } least ? Bounds.Format(least) : whole.Limits.Min.ToString(CultureInfo.InvariantCulture);
            string max = _bounds?.Max is { } greatest ? Bounds.Format(greatest) : whole.Limits.Max.ToString(CultureInfo.InvariantCulture);
            problem = Wrong($"`{name}` is out of bounds", node, $"{_kind.Noun} from {min} to {max}{OrNull}");
        }
        else if (value is null)
        {
            problem = Wrong($"Wrong value for `{name}`", node, expected, _kind.Hint(scalar) ?? SeveralHint(scalar, name));
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
        bool isSingle = _acceptsSingle && node is ScalarNode;
        if (isSingle)
        {
            node = new SequenceNode(node.Place, [node]);
        }

        if (node is not SequenceNode sequence)
        {
            string? hint = node is ScalarNode scalar && (_kind.Read(scalar) is not null || IsSeveral(scalar)) ? ListHint(scalar, name) : null;
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
            object? value = isSingle
                ? ReadOne(sequence.Items[i], name, Expected, out problem)
                : ReadOne(sequence.Items[i], $"{name}[{i}]", LengthWords.Of("", _kind.Noun, _bounds), out problem);
            if (problem is not null)
            {
                return null;
            }

            values.SetValue(value, i);
        }

        return values;
    }

    /// <inheritdoc/>
    public override object? ToProperty(object? value) => value is Array array ? _list!.From(array) : value;

    /// <inheritdoc/>
    public override JsonObject Schema()
    {
        JsonObject one = _kind.Schema();
        _bounds?.AddTo(one);
        if (_list is null)
        {
            _length?.AddTo(one, "minLength", "maxLength");
            if (_others.OfType<RegularExpressionAttribute>().FirstOrDefault() is { } expression)
            {
                one["pattern"] = $"^(?:{expression.Pattern})$";
            }

            if (_others.OfType<AllowedValuesAttribute>().FirstOrDefault() is { } allowed)
            {
                one["enum"] = new JsonArray([.. IsNullable ? [null] : (JsonNode?[])[], .. allowed.Values.Where(v => v is not null).Select(v => _kind.WriteJson(v!))]);
            }

            return SchemaParts.OrReference(OrNullIn(one));
        }

        var list = new JsonObject { ["type"] = "array", ["items"] = SchemaParts.OrReference(one) };
        _length?.AddTo(list, "minItems", "maxItems");
        list = _acceptsSingle ? SchemaParts.AnyOf(one.DeepClone().AsObject(), list) : list;
        return SchemaParts.OrReference(OrNullIn(list));
    }

    private string OrNull => IsNullable ? $", or {_nullWord ?? "null"}" : string.Empty;

    private JsonObject OrNullIn(JsonObject schema)
        => !IsNullable ? schema : _nullWord is null ? SchemaParts.OrNull(schema) : SchemaParts.AnyOf(schema, SchemaParts.OneOf([_nullWord]));

    private string ListHint(ScalarNode scalar, string name)
    {
        string[] items = IsSeveral(scalar) ? scalar.Text.Split(',', StringSplitOptions.TrimEntries) : [scalar.Text];
        string list = _kind is FreeText ? ShellText.List(items) : $"[{string.Join(",", items)}]";
        string typed = ShellText.Word($"{name}={list}");
        return !scalar.Place.IsOption ? $"Write a list as {list}."
            : typed.EndsWith('\'') ? $"Write a list as {typed}. The quotes are for the shell."
            : $"Write a list as {list}.";
    }

    private string? SeveralHint(ScalarNode scalar, string name)
    {
        if (!IsSeveral(scalar))
        {
            return null;
        }

        string sweep = $"To train with each value: regimen sweep {ShellText.Word($"{name}={scalar.Text}")}.";
        return _acceptsSingle ? $"A run takes one value or one list. {sweep} {ListHint(scalar, name)}" : $"A run takes one value. {sweep}";
    }

    private static bool IsSeveral(ScalarNode scalar)
        => scalar.Place.IsOption && scalar.IsPlain && scalar.Text.Contains(',', StringComparison.Ordinal);

    private string? NullHint(ScalarNode nothing) => nothing.Text.Length == 0
        ? "Write a value, or omit the key for its default."
        : _kind is FreeText ? $"Write {(nothing.Place.IsOption ? ShellText.Word($"\"{nothing.Text}\"") : $"\"{nothing.Text}\"")} for the text itself." : "Omit the key for its default.";

    private string? Words(ValidationAttribute attribute) => ValidationWords.Of(attribute, v => v?.GetType().IsEnum == true ? _kind.Write(v) : $"{v}");

    private string ExpectedValue(Bounds? bounds)
    {
        string? own = _others.Select(Words).FirstOrDefault(m => m is not null);
        if (own is not null)
        {
            return own;
        }

        if (_list is null)
        {
            return _length is null ? LengthWords.Of("", _kind.Noun, bounds) : $"{_kind.Noun} {LengthWords.Characters(_length)}";
        }

        if (_acceptsSingle)
        {
            return $"{LengthWords.Of("", _kind.Noun, bounds)}, or a list of such{LengthWords.Count(_length)}";
        }

        string count = _length is { Min: { } min, Max: { } max } && min == max ? $"{Bounds.Format(min)} " : "";
        string other = count.Length == 0 ? LengthWords.Count(_length) : "";
        return LengthWords.Of($"a list of {count}", _kind.Plural, bounds, ", each") + other;
    }
}
