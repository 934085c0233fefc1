using System.Collections.Immutable;

namespace Regimen.Runs;

/// <summary>The passes of a run so far, oldest first. A pass is identified by epoch and step, because validation may run inside an epoch.</summary>
public sealed record History(IReadOnlyList<Pass> Passes)
{
    /// <summary>A history without passes.</summary>
    public static History Empty { get; } = new(ImmutableList<Pass>.Empty);

    /// <summary>Returns the history with one more pass. The earlier passes are not copied.</summary>
    public History With(Pass pass) => new((Passes as ImmutableList<Pass> ?? [.. Passes]).Add(pass));

    /// <summary>Returns the values of a monitor such as <c>val.loss</c> (a split and a metric) over the run.</summary>
    public IEnumerable<(Progress At, double Value)> Course(string monitor)
    {
        (string split, string metric) = Split(monitor);
        return from pass in Passes
               where pass.Split == split
               let value = pass.Value(metric)
               where value is not null
               select (pass.At, value.Value);
    }

    /// <summary>Returns the latest pass over a split; null if there is none.</summary>
    public Pass? Last(string split) => Passes.LastOrDefault(p => p.Split == split);

    /// <summary>Returns the validation pass at an epoch and step; null if there is none.</summary>
    public Pass? ValidationOf(Progress at) => Passes.LastOrDefault(p => p.Split == Pass.Validation && p.At == at);

    /// <summary>Splits a monitor such as <c>val.loss</c> into split and metric.</summary>
    internal static (string Split, string Metric) Split(string monitor)
    {
        int dot = monitor.IndexOf('.', StringComparison.Ordinal);
        return dot < 0 ? (string.Empty, monitor) : (monitor[..dot], monitor[(dot + 1)..]);
    }
}
