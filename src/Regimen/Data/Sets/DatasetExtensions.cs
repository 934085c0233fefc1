namespace Regimen.Data;

/// <summary>Makes data sets of data sets; nothing is copied.</summary>
public static class DatasetExtensions
{
    /// <summary>Some samples, in the order of the indices.</summary>
    /// <exception cref="ArgumentOutOfRangeException">An index is outside the set.</exception>
    public static Subset Subset(this IDataset set, params int[] indices) => new(set, indices);

    /// <summary>The first samples; all where there are fewer.</summary>
    public static Subset Take(this IDataset set, int count) => new(set, [.. Enumerable.Range(0, Math.Min(count, set.Count))]);

    /// <summary>The samples of both, the other's behind.</summary>
    /// <exception cref="ArgumentException">They differ in fields, shapes or classes.</exception>
    public static ConcatDataset Concat(this IDataset set, IDataset other) => new(set, other);

    /// <summary>The same samples with inputs of the same shape, made of theirs.</summary>
    /// <inheritdoc cref="MapDataset(IDataset, SampleShape, SampleMap)"/>
    public static MapDataset Map(this IDataset set, SampleMap map) => new(set, set.SampleShape, map);

    /// <summary>The same samples with inputs of another shape, made of theirs.</summary>
    /// <inheritdoc cref="MapDataset(IDataset, SampleShape, SampleMap)"/>
    public static MapDataset Map(this IDataset set, SampleShape shape, SampleMap map) => new(set, shape, map);

    /// <summary>Cuts a set into parts at random, as a function of the seed alone: every sample is in exactly one of them.</summary>
    /// <inheritdoc cref="RandomSplit.Fractions"/>
    public static IReadOnlyList<Subset> Split(this IDataset set, IReadOnlyList<double> fractions, ulong seed, bool stratified = false)
        => RandomSplit.Fractions(set, fractions, seed, stratified);
}
