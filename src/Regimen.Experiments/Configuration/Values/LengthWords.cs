using System.ComponentModel.DataAnnotations;

namespace Regimen.Configuration;

/// <summary>The bounds of the length of a text or a list, read from its attributes, and bounds as words of a message.</summary>
internal static class LengthWords
{
    /// <summary>Formats the bounds of a list's length: ", at least 1 of them"; empty without bounds.</summary>
    public static string Count(Bounds? length)
        => length is null ? "" : $", {length.ToString().Replace("of at", "at", StringComparison.Ordinal)} of them";

    /// <summary>Formats the bounds of a number: "a whole number from 1 to 64".</summary>
    public static string Of(string before, string noun, Bounds? bounds, string between = "")
        => bounds?.ToString() is { Length: > 0 } words ? $"{before}{noun}{between} {words}" : before + noun;

    /// <summary>Formats the bounds of a text's length: "of 1 to 64 characters".</summary>
    public static string Characters(Bounds length) => length is { Min: 1, Max: null }
        ? "that is not empty"
        : $"{length.ToString().Replace("from", "of", StringComparison.Ordinal)} characters";

    /// <summary>Returns the bounds of the length of a text or list from its attributes; null without bounds.</summary>
    public static Bounds? BoundsOf(ValidationAttribute[] attributes, bool isText)
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
}
