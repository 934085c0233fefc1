using System.ComponentModel.DataAnnotations;
using System.Globalization;

namespace Regimen.Configuration;

/// <summary>Describes the values that a validation attribute accepts. The default messages of the framework are not used, because they do not
/// name the accepted values.</summary>
internal static class ValidationWords
{
    private const string Value = "the value";

    /// <summary>Describes the accepted values, for example "one of 1, 3"; null if no description is available.</summary>
    /// <param name="attribute">The attribute.</param>
    /// <param name="write">Writes a value as it appears in a config.</param>
    public static string? Of(ValidationAttribute attribute, Func<object?, string> write) => attribute switch
    {
        { ErrorMessage: { } own } when !IsTemplate(own) => own.Replace("{0}", Value, StringComparison.Ordinal),
        AllowedValuesAttribute allowed => ConfigChoices.Words([.. Values(allowed.Values, write)]),
        DeniedValuesAttribute denied => $"any value but {string.Join(", ", Values(denied.Values, write))}",
        RegularExpressionAttribute expression => $"text that matches {expression.Pattern}",
        UrlAttribute => "a URL that starts with http://, https:// or ftp://",
        EmailAddressAttribute => "an email address",
        PhoneAttribute => "a telephone number",
        CreditCardAttribute => "a credit card number",
        Base64StringAttribute => "Base64 text",
        FileExtensionsAttribute files => $"a file name that ends in {string.Join(", ", files.Extensions.Split(',').Select(e => $".{e.Trim().TrimStart('.')}"))}",
        EnumDataTypeAttribute values => ConfigChoices.Words([.. Enum.GetNames(values.EnumType).Select(System.Text.Json.JsonNamingPolicy.SnakeCaseLower.ConvertName)]),
        _ => OwnText(attribute),
    };

    /// <summary>Returns the message of a custom attribute; null if it is the framework's template.</summary>
    private static string? OwnText(ValidationAttribute attribute)
    {
        const string Name = "{0}";
        string text = attribute.FormatErrorMessage(Name);
        return IsTemplate(text) ? null : text.Replace(Name, Value, StringComparison.Ordinal);
    }

    private static IEnumerable<string> Values(object?[] values, Func<object?, string> write) => values
        .Where(v => v is not null)
        .Select(v => v is IFormattable number && v is not Enum ? number.ToString(null, CultureInfo.InvariantCulture) : write(v));

    /// <summary>Whether a text is a framework template: "The {0} field is not …", "The field {0} must …".</summary>
    private static bool IsTemplate(string text)
        => text.StartsWith("The {0} field", StringComparison.Ordinal) || text.StartsWith("The field {0}", StringComparison.Ordinal);
}
