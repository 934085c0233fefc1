using System.Globalization;
using Regimen.Listing;

namespace Regimen.Dashboard;

/// <summary>Values of runs as a table writes them: numbers short, times readable.</summary>
internal static class CellText
{
    private const double Minute = 60;
    private const double Hour = 3600;

    /// <summary>Writes a value of a row.</summary>
    public static Html Of(RunKey key, RunRow row) => key.Name switch
    {
        "status" => Status(row),
        "tag" or "tags" => Html.Of($"{row.Tags.Select(Tag)}"),
        "sweep" when row.Sweep is { } sweep => Html.Of($"<a href=\"{Query.From(("sweep", sweep)).At("/sweep")}\">{sweep}</a>"),
        "epochs" when row.Plan is { } plan && !row.IsComplete => Html.Of($"{row.Epochs}<small>/{plan.Epochs}</small>"),
        "seconds" => Html.Text(row.Seconds is { } seconds ? Duration(seconds) : null),
        "started" or "ended" when key.Of(row).Text is { } time => Html.Of($"<span class=\"time\">{time[..16]}</span>"),
        "seed" => Html.Text(key.Of(row).Text),
        _ => key.Of(row) is { Number: { } number } ? Html.Text(Number(number)) : Html.Text(key.Of(row).Text),
    };

    /// <summary>Writes the value of a group: mean and deviation of a result, else what all its runs share.</summary>
    public static Html Of(RunKey key, SeedGroup group)
    {
        if (group.Rows.Count == 1)
        {
            return Of(key, group.First);
        }

        if (group.Value(key.Name) is { } mean)
        {
            return Html.Of($"{Number(mean.Mean)}{Html.If(mean.Count > 1, $" <small>± {mean.Deviation:G2}</small>")}");
        }

        if (key.Name == "seed")
        {
            return Html.Of($"{string.Join(", ", group.Seeds.Take(5))}{(group.Seeds.Count > 5 ? ", …" : string.Empty)}");
        }

        double[] numbers = [.. group.Rows.Select(r => key.Of(r).Number).OfType<double>()];
        if (numbers.Length > 1 && numbers.Min() < numbers.Max() && key.Name is not ("started" or "ended"))
        {
            return Html.Of($"{Write(key, numbers.Min())} – {Write(key, numbers.Max())}");
        }

        string[] texts = [.. group.Rows.Select(r => Of(key, r).ToString()).Distinct()];
        return texts is [var only] ? Html.Markup(only) : key.Name == "status" ? Html.Of($"{group.Rows.DistinctBy(r => r.Status).Select(Status)}") : Html.Of($"<span class=\"note\">{texts.Length} values</span>");
    }

    private static string Write(RunKey key, double value) => key.Name == "seconds" ? Duration(value) : Number(value);

    /// <summary>The status, with the progress of a live run.</summary>
    public static Html Status(RunRow row)
    {
        double? part = row.Plan is { Steps: > 0 } plan ? Math.Clamp((double)row.Steps / plan.Steps, 0, 1) : null;
        return Html.Of($"<span class=\"status {row.Status}\">{row.Status.Replace('_', ' ')}</span>{Html.If(row.IsLive && part is not null, $" <progress max=\"1\" value=\"{part ?? 0:0.###}\" aria-label=\"Progress\"></progress> <small>{part ?? 0:P0}</small>")}");
    }

    /// <summary>A tag.</summary>
    public static Html Tag(string tag) => Html.Of($"<span class=\"tag\">{tag}</span>");

    /// <summary>A number in at most five digits.</summary>
    public static string Number(double value) => value == Math.Floor(value) && Math.Abs(value) < 1e9
        ? value.ToString("0", CultureInfo.InvariantCulture)
        : value.ToString("G5", CultureInfo.InvariantCulture);

    /// <summary>A duration, as <c>4.2 s</c>, <c>12 min</c>, <c>3.1 h</c>.</summary>
    public static string Duration(double seconds) => seconds switch
    {
        < Minute => FormattableString.Invariant($"{seconds:0.#} s"),
        < Hour => FormattableString.Invariant($"{seconds / Minute:0.#} min"),
        _ => FormattableString.Invariant($"{seconds / Hour:0.#} h"),
    };
}
