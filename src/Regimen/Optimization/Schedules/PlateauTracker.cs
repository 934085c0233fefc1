using System.Collections;

namespace Regimen.Optimization;

/// <summary>The values of a monitored metric so far, oldest first. A fold over the list continues from the result of the previous fold, so
/// that a schedule computed from all values at each step processes each value only once.</summary>
internal sealed class PlateauTracker : IReadOnlyList<double>
{
    private readonly List<double> _values = [];
    private object? _lastFold;

    /// <inheritdoc/>
    public int Count => _values.Count;

    /// <summary>Whether at least one value is a finite number.</summary>
    public bool HasFinite { get; private set; }

    /// <inheritdoc/>
    public double this[int index] => _values[index];

    /// <summary>Adds the newest value.</summary>
    public void Add(double value)
    {
        _values.Add(value);
        HasFinite |= double.IsFinite(value);
    }

    /// <inheritdoc/>
    public IEnumerator<double> GetEnumerator() => _values.GetEnumerator();

    /// <summary>Folds values, oldest first.</summary>
    /// <param name="values">A tracker, or any other list; null for none.</param>
    /// <param name="owner">The immutable object on which <paramref name="next"/> depends in addition to its arguments.</param>
    /// <param name="start">The state before the first value.</param>
    /// <param name="next">Returns the state after a value. It must be a pure, static function, so that the fold of an owner is always the same.</param>
    public static TState Fold<TOwner, TState>(IReadOnlyList<double>? values, TOwner owner, TState start, Func<TOwner, TState, double, TState> next)
        where TOwner : class
        where TState : struct, IEquatable<TState>
    {
        if (values is PlateauTracker course)
        {
            return course.Fold(owner, start, next);
        }

        TState state = start;
        foreach (double value in values ?? [])
        {
            state = next(owner, state, value);
        }

        return state;
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private TState Fold<TOwner, TState>(TOwner owner, TState start, Func<TOwner, TState, double, TState> next)
        where TOwner : class
        where TState : struct, IEquatable<TState>
    {
        if (_lastFold is not FoldSoFar<TState> fold || !ReferenceEquals(fold.Owner, owner) || !fold.Start.Equals(start))
        {
            _lastFold = fold = new FoldSoFar<TState>(owner, start);
        }

        for (; fold.Read < _values.Count; fold.Read++)
        {
            fold.State = next(owner, fold.State, _values[fold.Read]);
        }

        return fold.State;
    }

    private sealed class FoldSoFar<TState>(object owner, TState start)
    {
        public object Owner { get; } = owner;

        public TState Start { get; } = start;

        public TState State { get; set; } = start;

        public int Read { get; set; }
    }
}
