namespace Regimen.Training;

/// <summary>Every pass of a run so far, oldest first; keyed by moment, because validation may come inside an epoch.</summary>
public sealed record History(IReadOnlyList<Pass> Passes)
{
    /// <summary>Nothing yet.</summary>
    public static History Empty { get; } = new([]);

    /// <summary>The history with one more pass.</summary>
    public History With(Pass pass) => new([.. Passes, pass]);

    /// <summary>The course of a value, such as <c>val.loss</c>: a split and a metric.</summary>
    public IEnumerable<(Moment At, double Value)> Course(string monitor)
    {
        (string split, string metric) = Split(monitor);
        return from pass in Passes
               where pass.Split == split
               let value = pass.Value(metric)
               where value is not null
               select (pass.At, value.Value);
    }

    /// <summary>The latest pass over a split; null where there is none.</summary>
    public Pass? Last(string split) => Passes.LastOrDefault(p => p.Split == split);

    /// <summary><c>val.loss</c> as split and metric.</summary>
    internal static (string Split, string Metric) Split(string monitor)
    {
        int dot = monitor.IndexOf('.', StringComparison.Ordinal);
        return dot < 0 ? (string.Empty, monitor) : (monitor[..dot], monitor[(dot + 1)..]);
    }
}
