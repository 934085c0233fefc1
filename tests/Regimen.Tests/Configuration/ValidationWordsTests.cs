using System.ComponentModel.DataAnnotations;
using Regimen.Configuration;

namespace Regimen.Tests.Configuration;

/// <summary>Descriptions of validation attributes never contain the framework's template ("The field X …").</summary>
public sealed class ValidationWordsTests
{
    public static TheoryData<ValidationAttribute, string?> Attributes => new()
    {
        { new AllowedValuesAttribute(null, 1, 3), "one of 1, 3" },
        { new AllowedValuesAttribute("a"), "a" },
        { new DeniedValuesAttribute(0.5, "b"), "any value but 0.5, b" },
        { new RegularExpressionAttribute("[a-z]+"), "text that matches [a-z]+" },
        { new RegularExpressionAttribute("x") { ErrorMessage = "{0} of small letters" }, "the value of small letters" },
        { new UrlAttribute(), "a URL that starts with http://, https:// or ftp://" },
        { new EmailAddressAttribute(), "an email address" },
        { new PhoneAttribute(), "a telephone number" },
        { new CreditCardAttribute(), "a credit card number" },
        { new Base64StringAttribute(), "Base64 text" },
        { new FileExtensionsAttribute { Extensions = "csv, .npy" }, "a file name that ends in .csv, .npy" },
        { new EnumDataTypeAttribute(typeof(SchedulerSignal)), "one of sigusr1, sigusr2, sigxcpu" },
        { new OddAttribute(), "the value must be odd" },
        { new SilentAttribute(), null },
    };

    [Theory]
    [MemberData(nameof(Attributes), DisableDiscoveryEnumeration = true)]
    public void Each_attribute_is_described(ValidationAttribute attribute, string? words)
        => Assert.Equal(words, ValidationWords.Of(attribute, v => $"{v}"));

    [Theory]
    [InlineData("data=image_folder", "data.channels=2", "expected: one of 1, 3, or null")]
    [InlineData("data=image_folder", "data.channels=x", "expected: one of 1, 3, or null")]
    public void A_value_that_is_not_allowed_reports_the_allowed_values(string choice, string key, string expected)
    {
        using var configs = new ConfigFixture();
        Problem problem = configs.Problems(choice, key).Single(p => p.Where == key);
        Assert.Contains(expected, $"expected: {problem.Expected}", StringComparison.Ordinal);
    }

    private sealed class OddAttribute : ValidationAttribute
    {
        public override string FormatErrorMessage(string name) => $"{name} must be odd";
    }

    private sealed class SilentAttribute : ValidationAttribute;
}
