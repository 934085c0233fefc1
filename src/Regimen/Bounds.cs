using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Numerics;
using System.Text.Json.Nodes;

namespace Regimen;

/// <summary>The bounds of a number, a length or a count.</summary>
/// <param name="Min">The minimum; null for none.</param>
/// <param name="Max">The maximum; null for none.</param>
/// <param name="MinIsExclusive">Whether the minimum itself is out of bounds.</param>
/// <param name="MaxIsExclusive">Whether the maximum itself is out of bounds.</param>
internal sealed record Bounds(double? Min, double? Max, bool MinIsExclusive = false, bool MaxIsExclusive = false)
{
    /// <summary>Returns the bounds that an attribute states. A bound that the number's type has anyway counts as none.</summary>
    /// <param name="range">The attribute.</param>
    /// <param name="limits">The minimum and maximum of the type, if it is an integer type.</param>
    public static Bounds Of(RangeAttribute range, (BigInteger Min, BigInteger Max)? limits = null)
    {
        double min = Convert.ToDouble(range.Minimum, CultureInfo.InvariantCulture);
        double max = Convert.ToDouble(range.Maximum, CultureInfo.InvariantCulture);
        return new Bounds(
            min <= (limits is { } low && !low.Min.IsZero ? (double)low.Min : double.MinValue) ? null : min,
            max >= (limits is { } high ? (double)high.Max : double.MaxValue) ? null : max,
            range.MinimumIsExclusive,
            range.MaximumIsExclusive);
    }

    public bool Contains(object value)
    {
        double number = Convert.ToDouble(value, CultureInfo.InvariantCulture);
        return (Min is not { } min || (MinIsExclusive ? number > min : number >= min))
            && (Max is not { } max || (MaxIsExclusive ? number < max : number <= max));
    }

    /// <summary>Returns a text such as "from 1 to 65536", "above 0" or "of at least 0 and below 1"; empty without bounds.</summary>
    public override string ToString()
    {
        string? above = Min is { } min ? $"{(MinIsExclusive ? "above" : "of at least")} {Format(min)}" : null;
        string? below = Max is { } max ? $"{(MaxIsExclusive ? "below" : "at most")} {Format(max)}" : null;
        return (above, below) switch
        {
            (null, null) => "",
            (null, _) => below!.StartsWith("at", StringComparison.Ordinal) ? $"of {below}" : below,
            (_, null) => above,
            _ when !MinIsExclusive && !MaxIsExclusive => $"from {Format(Min!.Value)} to {Format(Max!.Value)}",
            _ => $"{above} and {below}",
        };
    }

    /// <summary>Adds the bounds of a number to a JSON Schema.</summary>
    public void AddTo(JsonObject schema)
        => AddTo(schema, MinIsExclusive ? "exclusiveMinimum" : "minimum", MaxIsExclusive ? "exclusiveMaximum" : "maximum");

    /// <summary>Adds the bounds to a JSON Schema under the given keywords.</summary>
    public void AddTo(JsonObject schema, string minimum, string maximum)
    {
        if (Min is { } min)
        {
            schema[minimum] = JsonNode.Parse(Format(min));
        }

        if (Max is { } max)
        {
            schema[maximum] = JsonNode.Parse(Format(max));
        }
    }

    /// <summary>Formats a bound in decimal digits, a whole number without an exponent.</summary>
    public static string Format(double value) => double.IsInteger(value) && Math.Abs(value) < 1e19
        ? new BigInteger(value).ToString(CultureInfo.InvariantCulture)
        : value.ToString("R", CultureInfo.InvariantCulture).ToLowerInvariant();
}
