namespace Regimen.Listing;

/// <summary>A key of rows, by which they are filtered, sorted and shown: a field (<c>status</c>), a final value (<c>val.loss</c>) or a key of the
/// config (<c>optimizer.lr</c>).</summary>
public sealed class RunKey
{
    private static readonly OrderedDictionary<string, Func<RunRow, RunValue>> Fields = new()
    {
        ["name"] = r => RunValue.Of(r.Name),
        ["short"] = r => RunValue.Of(r.ShortName),
        ["status"] = r => RunValue.Of(r.Status),
        ["model"] = r => RunValue.Of(r.Model),
        ["data"] = r => RunValue.Of(r.Data),
        ["seed"] = r => RunValue.Of(r.Seed is { } seed ? (double)seed : null) with { Text = r.Seed?.ToString(System.Globalization.CultureInfo.InvariantCulture) },
        ["device"] = r => RunValue.Of(r.Device),
        ["program"] = r => RunValue.Of(r.Program),
        ["imported"] = r => RunValue.Of(r.Imported),
        ["parent"] = r => RunValue.Of(r.Parent),
        ["started"] = r => RunValue.Of(r.Started),
        ["ended"] = r => RunValue.Of(r.Ended),
        ["seconds"] = r => RunValue.Of(r.Seconds),
        ["epochs"] = r => RunValue.Of((long)r.Epochs),
        ["steps"] = r => RunValue.Of(r.Steps),
        ["parameters"] = r => RunValue.Of(r.Parameters),
        ["best"] = r => RunValue.Of(r.Best),
        ["best_epoch"] = r => RunValue.Of((long?)r.BestEpoch),
        ["best_step"] = r => RunValue.Of(r.BestStep),
        ["monitor"] = r => RunValue.Of(r.Monitor),
        ["tag"] = r => RunValue.Of(r.Tags),
        ["note"] = r => RunValue.Of(r.Note.Length == 0 ? null : r.Note),
        ["sweep"] = r => RunValue.Of(r.Sweep),
        ["trial"] = r => RunValue.Of((long?)r.Trial),
        ["error"] = r => RunValue.Of(r.Damage ?? r.Error),
    };

    private readonly Func<RunRow, RunValue> _of;

    private RunKey(string name, Func<RunRow, RunValue> of) => (Name, _of) = (name, of);

    /// <summary>The key.</summary>
    public string Name { get; }

    /// <summary>The names of the fields that every row has.</summary>
    public static IReadOnlyList<string> FieldNames { get; } = [.. Fields.Keys];

    /// <summary>Returns a row's value.</summary>
    public RunValue Of(RunRow row) => _of(row);

    /// <summary>Finds a key.</summary>
    /// <param name="name">The key. A group stands for its choice: <c>optimizer</c> for <c>optimizer.name</c>.</param>
    /// <param name="rows">All rows; the final values and config keys that one of them has are known.</param>
    /// <param name="where">Where the key was given, for the error.</param>
    /// <exception cref="RequestException">No row has such a key. Without any row every key is accepted.</exception>
    public static RunKey Find(string name, IReadOnlyList<RunRow> rows, string where)
    {
        if (Fields.TryGetValue(name is "tags" ? "tag" : name, out Func<RunRow, RunValue>? field))
        {
            return new(name, field);
        }

        if (rows.Count == 0 || rows.Any(r => r.Values.ContainsKey(name)) || IsOfAnotherSplit(name, rows))
        {
            return new(name, r => RunValue.Of(r.Value(name)));
        }

        foreach (string key in (ReadOnlySpan<string>)[name, $"{name}.name"])
        {
            if (Shapes(rows).Any(s => s.IndexOf(key) >= 0))
            {
                return new(name, r => RunValue.OfJson(r.Config[key]));
            }
        }

        string[] known = Known(rows);
        throw new RequestException(new Problem($"No run has the key `{name}`")
        {
            Where = where,
            Expected = $"one of {string.Join(", ", FieldNames)}, a final value ({string.Join(", ", ValueNames(rows).Take(4))}{(ValueNames(rows).Count() > 4 ? ", …" : string.Empty)}), or a key of the config",
            Received = name,
            Hint = Spelling.DidYouMean(name, known),
        });
    }

    /// <summary>Returns all keys of some rows.</summary>
    internal static string[] Known(IReadOnlyList<RunRow> rows) => [.. FieldNames, .. ValueNames(rows), .. Shapes(rows).SelectMany(s => s.Keys).Distinct()];

    /// <summary>Whether a run has this metric on the other split: <c>test.rmse</c> is no typing error where no run was tested yet.</summary>
    private static bool IsOfAnotherSplit(string name, IReadOnlyList<RunRow> rows)
        => (name.StartsWith("test.", StringComparison.Ordinal) && rows.Any(r => r.Values.ContainsKey($"val.{name[5..]}")))
        || (name.StartsWith("val.", StringComparison.Ordinal) && rows.Any(r => r.Values.ContainsKey($"test.{name[4..]}")));

    private static IEnumerable<string> ValueNames(IReadOnlyList<RunRow> rows) => rows.SelectMany(r => r.Values.Keys).Distinct();

    private static IEnumerable<ConfigShape> Shapes(IReadOnlyList<RunRow> rows) => rows.Select(r => r.Config.Shape).Distinct();
}
