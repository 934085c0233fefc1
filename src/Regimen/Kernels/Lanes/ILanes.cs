namespace Regimen.Kernels;

/// <summary>What a tile of a product needs of a vector type: the same operations for each width. All are exact or rounded once, element by element,
/// so no result depends on the width.</summary>
/// <typeparam name="TVector">The vector of float32 values.</typeparam>
internal unsafe interface ILanes<TVector>
    where TVector : struct
{
    /// <summary>The number of values in a vector.</summary>
    static abstract int Count { get; }

    /// <summary>The rows of a tile of two vectors whose sums fit into the registers: <see cref="Twelve"/> or <see cref="Six"/>.</summary>
    static abstract int Rows { get; }

    static abstract TVector Load(float* from);

    /// <summary>Reads the first values of a vector; the others are 0 and their memory is not read.</summary>
    static abstract TVector LoadFirst(float* from, int count);

    static abstract TVector Broadcast(float* from);

    /// <summary>Returns <c>a·b + sum</c>, rounded once.</summary>
    static abstract TVector MultiplyAdd(TVector a, TVector b, TVector sum);

    static abstract TVector Add(TVector a, TVector b);

    /// <summary>Returns 0 for values of at most 0, −0 included; NaN stays NaN.</summary>
    static abstract TVector Rectify(TVector value);

    static abstract void Store(TVector value, float* to);

    /// <summary>Writes the first values of a vector only.</summary>
    static abstract void StoreFirst(TVector value, float* to, int count);
}
