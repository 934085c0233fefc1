namespace Regimen.Exchange;

/// <summary>Converts names of values between trackers: <c>loss/train</c>, <c>train/loss</c> and <c>train_loss</c> are all <c>train.loss</c>.</summary>
internal static class SeriesNames
{
    /// <summary>The split of values whose name has no split.</summary>
    public const string Other = "log";

    /// <summary>The split of the losses of all steps.</summary>
    public const string Step = "step";

    private static readonly Dictionary<string, string> Splits = new(StringComparer.OrdinalIgnoreCase)
    {
        ["train"] = "train", ["training"] = "train",
        ["val"] = "val", ["valid"] = "val", ["validation"] = "val", ["eval"] = "val",
        ["test"] = "test", [Step] = Step,
    };

    /// <summary>Returns split and metric of a name of another tracker.</summary>
    public static (string Split, string Metric) FromTag(string tag)
    {
        if (tag is "lr" or "learning_rate")
        {
            return ("train", "lr");
        }

        foreach (char separator in "/.")
        {
            if (tag.LastIndexOf(separator) is var last and > 0 && Splits.TryGetValue(tag[(last + 1)..], out string? behind))
            {
                return (behind, tag[..last]);
            }

            if (tag.IndexOf(separator) is var first and > 0 && first < tag.Length - 1 && Splits.TryGetValue(tag[..first], out string? before))
            {
                return (before, tag[(first + 1)..]);
            }
        }

        // With an underscore only in front: "loss_val" is rare, and "grad_step" or "num_test" are no splits.
        return tag.IndexOf('_', StringComparison.Ordinal) is var at and > 0 && at < tag.Length - 1 && Splits.TryGetValue(tag[..at], out string? split) && split != Step
            ? (split, tag[(at + 1)..])
            : (Other, tag);
    }

    /// <summary>Returns split and metric of each name. Of several that would become the same, all but the first keep their whole name.</summary>
    public static IReadOnlyDictionary<string, (string Split, string Metric)> FromTags(IEnumerable<string> tags)
    {
        var names = new Dictionary<string, (string, string)>();
        var taken = new HashSet<(string, string)>();
        foreach (string tag in tags.Distinct())
        {
            (string, string) name = FromTag(tag);
            names[tag] = taken.Add(name) ? name : (Other, tag);
        }

        return names;
    }

    /// <summary>Returns the tag of a series for TensorBoard, as a run of Regimen writes it: <c>loss/train</c> for <c>train.loss</c>.</summary>
    public static string ToTag(string series)
    {
        int dot = series.IndexOf('.', StringComparison.Ordinal);
        return dot < 0 ? series : series.AsSpan(0, dot) is Other ? series[(dot + 1)..] : $"{series[(dot + 1)..]}/{series[..dot]}";
    }
}
