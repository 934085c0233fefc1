using System.Runtime.CompilerServices;

namespace Regimen.Kernels;

/// <summary>The memory of a thread for packed blocks: allocated by the thread's first product, and of one size for all products.</summary>
internal sealed unsafe class ProductMemory
{
    private const int CacheLine = 64 / sizeof(float);

    /// <summary>The most columns of a tile: two of the widest vectors.</summary>
    public const int TileWidth = 32;

    private const int TileRows = 12;
    private const int PanelLength = ProductArguments.Chain * TileWidth;
    private const int TileLength = TileRows * TileWidth;

    [ThreadStatic]
    private static ProductMemory? _ofThread;

    // The array is pinned, and lives as long as its thread.
    private readonly float[] _values = GC.AllocateArray<float>(PackedRows.Length + PanelLength + TileLength + (2 * TileWidth) + CacheLine, pinned: true);

    private ProductMemory()
    {
        float* start = (float*)Unsafe.AsPointer(ref _values[0]);
        Rows = start + ((CacheLine - (int)((nuint)start / sizeof(float) % CacheLine)) % CacheLine);
        Panel = Rows + PackedRows.Length;
        Tile = Panel + PanelLength;
        Bias = Tile + TileLength;
        Zeros = Bias + TileWidth;
    }

    /// <summary>The memory of this thread.</summary>
    public static ProductMemory OfThread => _ofThread ??= new();

    /// <summary>A packed block of A.</summary>
    public float* Rows { get; }

    /// <summary>A packed panel of B: a row of one or two vectors for each k.</summary>
    public float* Panel { get; }

    /// <summary>A tile of C.</summary>
    public float* Tile { get; }

    /// <summary>The biases of a panel.</summary>
    public float* Bias { get; }

    /// <summary>Zeros, which are never overwritten.</summary>
    public float* Zeros { get; }
}
