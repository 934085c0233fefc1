using System.Collections;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;

namespace Regimen;

/// <summary>Checks options that a program creates in code against the bounds of their attributes, as a config is checked.</summary>
internal static class OptionsCheck
{
    private const int Deepest = 8;

    /// <summary>Returns the problems of an options record and of the records in it; empty if it is valid.</summary>
    public static IEnumerable<Problem> Of(object options) => Of(options, NameOf(options.GetType()), 0);

    /// <summary>Refuses options that are out of bounds.</summary>
    /// <exception cref="RequestException">The options are out of bounds; it holds every problem.</exception>
    public static void ThrowUnlessValid(params IEnumerable<object> options)
    {
        Problem[] problems = [.. options.SelectMany(Of)];
        if (problems.Length > 0)
        {
            throw new RequestException(problems);
        }
    }

    private static IEnumerable<Problem> Of(object options, string where, int depth)
    {
        ParameterInfo[] parameters = options.GetType().GetConstructors().SelectMany(c => c.GetParameters()).ToArray();
        foreach (PropertyInfo property in options.GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance))
        {
            if (property.SetMethod is { IsPublic: true } && property.GetIndexParameters().Length == 0)
            {
                ValidationAttribute[] attributes =
                [
                    .. property.GetCustomAttributes<ValidationAttribute>(),
                    .. parameters.Where(p => p.Name == property.Name).SelectMany(p => p.GetCustomAttributes<ValidationAttribute>()),
                ];
                foreach (Problem problem in OfValue(property, property.GetValue(options), attributes, $"{where}.{property.Name}", depth))
                {
                    yield return problem;
                }
            }
        }

        if (options is IValidatableObject checks)
        {
            foreach (ValidationResult result in checks.Validate(new ValidationContext(options)))
            {
                yield return new Problem(result.ErrorMessage ?? "The options are inconsistent") { Where = string.Join('.', result.MemberNames.Prepend(where)) };
            }
        }
    }

    private static IEnumerable<Problem> OfValue(PropertyInfo property, object? value, ValidationAttribute[] attributes, string where, int depth)
    {
        if (value is null)
        {
            bool mayBeNull = Nullable.GetUnderlyingType(property.PropertyType) is not null
                || new NullabilityInfoContext().Create(property).WriteState != NullabilityState.NotNull;
            return mayBeNull && !attributes.Any(a => a is RequiredAttribute) ? [] : [Wrong("can't be null", where, "a value", null)];
        }

        return value switch
        {
            string text => OfLength(text.Length, "characters", attributes, where).Concat(OfOthers(text, attributes, where)),
            IEnumerable list => OfList([.. list.Cast<object?>()], attributes, where, depth).Concat(OfOthers(value, attributes, where)),
            _ => OfOne(value, attributes, where, depth).Concat(OfOthers(value, attributes, where)),
        };
    }

    private static IEnumerable<Problem> OfList(object?[] items, ValidationAttribute[] attributes, string where, int depth)
        => OfLength(items.Length, "values", attributes, where).Concat(items.SelectMany((item, i) => item is null ? [] : OfOne(item, attributes, $"{where}[{i}]", depth)));

    private static IEnumerable<Problem> OfOne(object value, ValidationAttribute[] attributes, string where, int depth)
    {
        if (value is double.NaN or float.NaN || (value is double or float && !double.IsFinite(Convert.ToDouble(value, CultureInfo.InvariantCulture))))
        {
            yield return Wrong("is not finite", where, "a finite number", value);
        }
        else if (value is Enum choice && !Enum.IsDefined(choice.GetType(), choice))
        {
            yield return Wrong("is unknown", where, $"one of {string.Join(", ", Enum.GetNames(choice.GetType()))}", value);
        }
        else if (value is IConvertible and not (string or bool or Enum) && attributes.OfType<RangeAttribute>().FirstOrDefault() is { } range)
        {
            var bounds = Bounds.Of(range);
            if (!bounds.Contains(value))
            {
                yield return Wrong("is out of bounds", where, $"a number {bounds}", value);
            }
        }
        else if (depth < Deepest && value.GetType() is { IsClass: true } type && type.GetMethod("<Clone>$") is not null)
        {
            foreach (Problem problem in Of(value, where, depth + 1))
            {
                yield return problem;
            }
        }
    }

    private static IEnumerable<Problem> OfLength(int length, string unit, ValidationAttribute[] attributes, string where)
    {
        foreach (ValidationAttribute attribute in attributes)
        {
            (int Min, int Max)? bounds = attribute switch
            {
                LengthAttribute both => (both.MinimumLength, both.MaximumLength),
                MinLengthAttribute min => (min.Length, int.MaxValue),
                MaxLengthAttribute max => (0, max.Length < 0 ? int.MaxValue : max.Length),
                StringLengthAttribute text => (text.MinimumLength, text.MaximumLength),
                _ => null,
            };
            if (bounds is var (least, most) && (length < least || length > most))
            {
                string expected = least == most ? $"{least}" : most == int.MaxValue ? $"at least {least}" : $"{least} to {most}";
                yield return Wrong("has the wrong length", where, $"{expected} {unit}", length);
            }
        }
    }

    private static IEnumerable<Problem> OfOthers(object value, ValidationAttribute[] attributes, string where)
        => attributes
            .Where(a => a is not (RangeAttribute or RequiredAttribute or LengthAttribute or MinLengthAttribute or MaxLengthAttribute or StringLengthAttribute))
            .Where(a => !a.IsValid(value))
            .Select(a => Wrong("has a wrong value", where, a.ErrorMessage ?? a.FormatErrorMessage(where), value));

    private static Problem Wrong(string what, string where, string expected, object? received) => new($"{where[(where.LastIndexOf('.') + 1)..]} {what}")
    {
        Where = where,
        Expected = expected,
        Received = received is null ? "null" : Convert.ToString(received, CultureInfo.InvariantCulture),
    };

    private static string NameOf(Type type) => type.DeclaringType is { } outer ? $"{outer.Name}.{type.Name}" : type.Name;
}
