namespace Regimen.Data;

/// <summary>Creates data sets from other data sets, without copying samples.</summary>
public static class DatasetExtensions
{
    /// <summary>Selects samples, in the order of the indices.</summary>
    /// <exception cref="ArgumentOutOfRangeException">An index is outside the set.</exception>
    public static Subset Subset(this IDataset set, params int[] indices) => new(set, indices);

    /// <summary>Selects the first samples; all if there are fewer.</summary>
    public static Subset Take(this IDataset set, int count) => new(set, [.. Enumerable.Range(0, Math.Min(count, set.Count))]);

    /// <summary>Concatenates two data sets.</summary>
    /// <exception cref="ArgumentException">They differ in fields, shapes or classes.</exception>
    public static ConcatDataset Concat(this IDataset set, IDataset other) => new(set, other);

    /// <summary>Maps the inputs of all samples to inputs of the same shape.</summary>
    /// <inheritdoc cref="MapDataset(IDataset, SampleShape, SampleMap)"/>
    public static MapDataset Map(this IDataset set, SampleMap map) => new(set, set.SampleShape, map);

    /// <summary>Maps the inputs of all samples to inputs of another shape.</summary>
    /// <inheritdoc cref="MapDataset(IDataset, SampleShape, SampleMap)"/>
    public static MapDataset Map(this IDataset set, SampleShape shape, SampleMap map) => new(set, shape, map);

    /// <summary>Splits a data set into parts at random, as a function of the seed alone: every sample is in exactly one part.</summary>
    /// <inheritdoc cref="RandomSplit.Fractions"/>
    public static IReadOnlyList<Subset> Split(
        this IDataset set, IReadOnlyList<double> fractions, ulong seed, bool stratified = false, IReadOnlyList<int>? groups = null)
        => RandomSplit.Fractions(set, fractions, seed, stratified, groups);
}
