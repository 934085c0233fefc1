using System.Globalization;

namespace Regimen.Listing;

/// <summary>A value of a row: a text, a number or a list; nothing if the row has none.</summary>
/// <param name="Text">The value as text; null if there is none.</param>
/// <param name="Number">The value as a number, if it is one: of a time the seconds since 1970.</param>
/// <param name="Items">The items of a list, such as the tags.</param>
public readonly record struct RunValue(string? Text, double? Number = null, IReadOnlyList<string>? Items = null) : IComparable<RunValue>
{
    internal static RunValue Of(string? text) => new(text);

    internal static RunValue Of(double? number) => number is { } value ? new(value.ToString("R", CultureInfo.InvariantCulture), value) : default;

    internal static RunValue Of(long? number) => number is { } value ? new(value.ToString(CultureInfo.InvariantCulture), value) : default;

    internal static RunValue Of(DateTimeOffset? time) => time is { } value
        ? new(value.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture), value.ToUnixTimeMilliseconds() / 1000.0)
        : default;

    internal static RunValue Of(IReadOnlyList<string> items) => new(items.Count == 0 ? null : string.Join(", ", items), null, items);

    /// <summary>Returns the value of a config key: a list of one number is that number, null is nothing.</summary>
    internal static RunValue OfJson(string? json)
    {
        if (json is null or "null")
        {
            return default;
        }

        string inner = json is ['[', .., ']'] && json.IndexOf(',') < 0 ? json[1..^1] : json;
        return new(ConfigKeys.Plain(json), double.TryParse(inner, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) ? number : null);
    }

    /// <summary>Compares numbers as numbers and texts without regard to case; a number is before a text, and nothing is last.</summary>
    public int CompareTo(RunValue other) => (Text, other.Text) switch
    {
        (null, null) => 0,
        (null, _) => 1,
        (_, null) => -1,
        _ when Number is { } a && other.Number is { } b => a.CompareTo(b),
        _ when Number is not null || other.Number is not null => Number is not null ? -1 : 1,
        _ => string.Compare(Text, other.Text, StringComparison.OrdinalIgnoreCase),
    };

    /// <summary>Compares two values.</summary>
    public static bool operator <(RunValue a, RunValue b) => a.CompareTo(b) < 0;

    /// <summary>Compares two values.</summary>
    public static bool operator >(RunValue a, RunValue b) => a.CompareTo(b) > 0;

    /// <summary>Compares two values.</summary>
    public static bool operator <=(RunValue a, RunValue b) => a.CompareTo(b) <= 0;

    /// <summary>Compares two values.</summary>
    public static bool operator >=(RunValue a, RunValue b) => a.CompareTo(b) >= 0;
}
