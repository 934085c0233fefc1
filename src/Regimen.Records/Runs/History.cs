using System.Collections.Immutable;

namespace Regimen.Runs;

/// <summary>Every pass of a run so far, oldest first; keyed by moment, because validation may come inside an epoch.</summary>
public sealed record History(IReadOnlyList<Pass> Passes)
{
    /// <summary>Nothing yet.</summary>
    public static History Empty { get; } = new(ImmutableList<Pass>.Empty);

    /// <summary>The history with one more pass; it shares the earlier ones with this one.</summary>
    public History With(Pass pass) => new((Passes as ImmutableList<Pass> ?? [.. Passes]).Add(pass));

    /// <summary>The course of a value, such as <c>val.loss</c>: a split and a metric.</summary>
    public IEnumerable<(Progress At, double Value)> Course(string monitor)
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

    /// <summary>The validation of the weights of a moment; null where there was none.</summary>
    public Pass? ValidationOf(Progress at) => Passes.LastOrDefault(p => p.Split == Pass.Validation && p.At == at);

    /// <summary><c>val.loss</c> as split and metric.</summary>
    internal static (string Split, string Metric) Split(string monitor)
    {
        int dot = monitor.IndexOf('.', StringComparison.Ordinal);
        return dot < 0 ? (string.Empty, monitor) : (monitor[..dot], monitor[(dot + 1)..]);
    }
}
