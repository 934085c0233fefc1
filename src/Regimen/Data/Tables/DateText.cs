namespace Regimen.Data;

/// <summary>Dates as text, as ISO 8601 writes them: <c>2026-11-26</c>, <c>2026-11-26 18:40</c>, <c>2026-11-26T18:40:05.25Z</c>,
/// <c>2026-11-26T18:40:05+02:00</c>. Without a zone it is UTC.</summary>
internal static class DateText
{
    private static readonly int[] OffsetLengths = [3, 5, 6];

    /// <summary>Parses a date.</summary>
    /// <param name="text">The text.</param>
    /// <param name="seconds">The seconds since 1970 in UTC.</param>
    public static bool TryParse(ReadOnlySpan<byte> text, out double seconds)
    {
        seconds = 0;
        if (text.Length < 10 || text[4] != '-' || text[7] != '-' || !Digits(text[..4], out int year) || !Digits(text[5..7], out int month) || !Digits(text[8..10], out int day)
            || year < 1 || month is < 1 or > 12 || day < 1 || day > DateTime.DaysInMonth(year, month))
        {
            return false;
        }

        double time = 0;
        text = text[10..];
        if (!text.IsEmpty && (text[0] is not ((byte)' ' or (byte)'T') || !TryParseTime(text[1..], out time)))
        {
            return false;
        }

        seconds = ((new DateTime(year, month, day, 0, 0, 0, DateTimeKind.Utc) - DateTime.UnixEpoch).Ticks / TimeSpan.TicksPerSecond) + time;
        return seconds >= Seconds(DateTime.MinValue) && seconds < Seconds(DateTime.MaxValue);
    }

    /// <summary>Returns the date of seconds since 1970, the fraction of a second left out.</summary>
    public static DateTime Time(double seconds) => DateTime.UnixEpoch.AddTicks((long)Math.Floor(seconds) * TimeSpan.TicksPerSecond);

    private static double Seconds(DateTime time) => (time - DateTime.UnixEpoch).TotalSeconds;

    /// <summary>Parses hours, minutes, seconds, a fraction and an offset from UTC; all but hours and minutes are optional.</summary>
    private static bool TryParseTime(ReadOnlySpan<byte> text, out double seconds)
    {
        seconds = 0;
        if (text.Length < 5 || text[2] != ':' || !Digits(text[..2], out int hour) || !Digits(text[3..5], out int minute) || hour > 23 || minute > 59)
        {
            return false;
        }

        seconds = (hour * 3600) + (minute * 60);
        text = text[5..];
        if (text.Length >= 3 && text[0] == ':' && Digits(text[1..3], out int second) && second < 60)
        {
            int end = 3;
            while (end < text.Length && (char.IsAsciiDigit((char)text[end]) || (end == 3 && text[end] == '.')))
            {
                end++;
            }

            if (end == 4 || !CsvNumber.TryParse(text[1..end], out double precise))
            {
                return false;
            }

            seconds += precise;
            text = text[end..];
        }

        if (text.IsEmpty || text.SequenceEqual("Z"u8))
        {
            return true;
        }

        // +02, +0200 or +02:00
        if (!OffsetLengths.Contains(text.Length) || text[0] is not ((byte)'+' or (byte)'-') || !Digits(text[1..3], out int hours) || hours > 14
            || (text.Length == 6 && text[3] != ':'))
        {
            return false;
        }

        int minutes = 0;
        if (text.Length > 3 && (!Digits(text[^2..], out minutes) || minutes > 59))
        {
            return false;
        }

        seconds -= (text[0] == '-' ? -60 : 60) * ((hours * 60) + minutes);
        return true;
    }

    private static bool Digits(ReadOnlySpan<byte> text, out int number)
    {
        number = 0;
        foreach (byte digit in text)
        {
            if (digit is < (byte)'0' or > (byte)'9')
            {
                return false;
            }

            number = (number * 10) + digit - '0';
        }

        return true;
    }
}
