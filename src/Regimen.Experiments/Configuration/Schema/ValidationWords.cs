using System.ComponentModel.DataAnnotations;
using System.Globalization;

namespace Regimen.Configuration;

/// <summary>What a validation attribute accepts, in the words of our messages. The framework's default texts name no value and speak of a
/// "field"; they are never shown.</summary>
internal static class ValidationWords
{
    private const string Value = "the value";

    /// <summary>What it accepts, as "one of 1 or 3"; null where nothing can be said of it.</summary>
    /// <param name="attribute">The attribute.</param>
    /// <param name="write">Writes a value as a config has it.</param>
    public static string? Of(ValidationAttribute attribute, Func<object?, string> write) => attribute switch
    {
        { ErrorMessage: { } own } when !IsTemplate(own) => own.Replace("{0}", Value, StringComparison.Ordinal),
        AllowedValuesAttribute allowed => ConfigChoices.Words([.. Values(allowed.Values, write)]),
        DeniedValuesAttribute denied => $"any value but {string.Join(", ", Values(denied.Values, write))}",
        RegularExpressionAttribute expression => $"text of the pattern {expression.Pattern}",
        UrlAttribute => "an address that begins with http://, https:// or ftp://",
        EmailAddressAttribute => "an e-mail address",
        PhoneAttribute => "a telephone number",
        CreditCardAttribute => "the number of a card",
        Base64StringAttribute => "text in Base64",
        FileExtensionsAttribute files => $"the name of a file that ends in {string.Join(", ", files.Extensions.Split(',').Select(e => $".{e.Trim().TrimStart('.')}"))}",
        EnumDataTypeAttribute values => ConfigChoices.Words([.. Enum.GetNames(values.EnumType).Select(System.Text.Json.JsonNamingPolicy.SnakeCaseLower.ConvertName)]),
        _ => OwnText(attribute),
    };

    /// <summary>The text that an attribute of somebody else's gives itself; null where it is the framework's template.</summary>
    private static string? OwnText(ValidationAttribute attribute)
    {
        const string Name = "{0}";
        string text = attribute.FormatErrorMessage(Name);
        return IsTemplate(text) ? null : text.Replace(Name, Value, StringComparison.Ordinal);
    }

    private static IEnumerable<string> Values(object?[] values, Func<object?, string> write) => values
        .Where(v => v is not null)
        .Select(v => v is IFormattable number && v is not Enum ? number.ToString(null, CultureInfo.InvariantCulture) : write(v));

    /// <summary>Whether it is a text of the framework's: "The {0} field is not …", "The field {0} must …".</summary>
    private static bool IsTemplate(string text)
        => text.StartsWith("The {0} field", StringComparison.Ordinal) || text.StartsWith("The field {0}", StringComparison.Ordinal);
}
