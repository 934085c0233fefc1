using System.Text.Json.Nodes;
using Regimen.Engine;

namespace Regimen.Data;

/// <summary>A part of a date, in UTC.</summary>
public enum DatePart
{
    /// <summary>The year.</summary>
    Year,

    /// <summary>The month, from 1 to 12.</summary>
    Month,

    /// <summary>The day of the month, from 1 to 31.</summary>
    Day,

    /// <summary>The day of the week, from 0 for Monday to 6.</summary>
    Weekday,

    /// <summary>The hour, from 0 to 23.</summary>
    Hour,

    /// <summary>The day of the year, from 1 to 366.</summary>
    DayOfYear,
}

/// <summary>The encoding of a part of a date: <c>(part − offset) / scale</c>, or two inputs on a circle, of which the last value is next to the
/// first: sine and cosine of <c>2π · (part − first) / count</c>.</summary>
/// <param name="Part">The part.</param>
/// <param name="IsCyclic">Whether it has two inputs on a circle; never for the year.</param>
/// <param name="Offset">The offset.</param>
/// <param name="Scale">The scale.</param>
public readonly record struct DatePartEncoding(DatePart Part, bool IsCyclic, double Offset, double Scale)
{
    /// <summary>The number of inputs.</summary>
    public int Width => IsCyclic ? 2 : 1;

    /// <summary>Returns the value of a part.</summary>
    /// <param name="part">The part.</param>
    /// <param name="seconds">The date, in seconds since 1970 in UTC.</param>
    internal static int Of(DatePart part, double seconds)
    {
        DateTime time = DateText.Time(seconds);
        return part switch
        {
            DatePart.Year => time.Year,
            DatePart.Month => time.Month,
            DatePart.Day => time.Day,
            DatePart.Weekday => ((int)time.DayOfWeek + 6) % 7,
            DatePart.Hour => time.Hour,
            _ => time.DayOfYear,
        };
    }

    internal void Encode(double seconds, Span<float> to)
    {
        int value = Of(Part, seconds);
        if (IsCyclic)
        {
            (int first, int count) = Part switch { DatePart.Month => (1, 12), DatePart.Day => (1, 31), DatePart.Weekday => (0, 7), DatePart.Hour => (0, 24), _ => (1, 366) };
            double angle = 2 * Math.PI * (value - first) / count;
            (to[0], to[1]) = ((float)PortableFunctions.Sin(angle), (float)PortableFunctions.Cos(angle));
        }
        else
        {
            to[0] = (float)((value - Offset) / Scale);
        }
    }

    internal JsonObject ToJson() => new() { ["part"] = Part.ToString(), ["cyclic"] = IsCyclic, ["offset"] = Offset, ["scale"] = Scale };

    /// <exception cref="FormatException">A value is invalid.</exception>
    internal static DatePartEncoding FromJson(JsonNode json)
    {
        var encoding = new DatePartEncoding(
            Enum.Parse<DatePart>(json["part"]!.GetValue<string>()), json["cyclic"]!.GetValue<bool>(), json["offset"]!.GetValue<double>(), json["scale"]!.GetValue<double>());
        return Enum.IsDefined(encoding.Part) && !(encoding.IsCyclic && encoding.Part == DatePart.Year) && double.IsFinite(encoding.Scale) && encoding.Scale != 0
            ? encoding : throw new FormatException("Expected a part of a date with a scale that is not 0.");
    }
}
