using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Regimen.Kernels;

/// <summary>Vectors of 8 values: AVX2 with FMA.</summary>
internal readonly unsafe struct Lanes256 : ILanes<Vector256<float>>
{
    public static bool IsSupported => Avx2.IsSupported && Fma.IsSupported;

    public static int Count => Vector256<float>.Count;

    public static int Rows => 6;

    public static Vector256<float> Load(float* from) => Vector256.Load(from);

    public static Vector256<float> LoadFirst(float* from, int count) => Avx.MaskLoad(from, First(count));

    public static Vector256<float> Broadcast(float* from) => Vector256.Create(*from);

    public static Vector256<float> MultiplyAdd(Vector256<float> a, Vector256<float> b, Vector256<float> sum) => Fma.MultiplyAdd(a, b, sum);

    public static Vector256<float> Add(Vector256<float> a, Vector256<float> b) => a + b;

    public static Vector256<float> Rectify(Vector256<float> value)
        => Vector256.AndNot(value, Vector256.LessThanOrEqual(value, Vector256<float>.Zero));

    public static void Store(Vector256<float> value, float* to) => value.Store(to);

    public static void StoreFirst(Vector256<float> value, float* to, int count) => Avx.MaskStore(to, First(count), value);

    private static Vector256<float> First(int count) => Vector256.LessThan(Vector256<int>.Indices, Vector256.Create(count)).AsSingle();
}
