using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Regimen.Kernels;

/// <summary>Vectors of 16 values: AVX-512.</summary>
internal readonly unsafe struct Lanes512 : ILanes<Vector512<float>>
{
    public static bool IsSupported => Avx512F.IsSupported;

    public static int Count => Vector512<float>.Count;

    public static int Rows => 12;

    public static Vector512<float> Load(float* from) => Vector512.Load(from);

    public static Vector512<float> LoadFirst(float* from, int count) => Avx512F.MaskLoad(from, First(count), Vector512<float>.Zero);

    public static Vector512<float> Broadcast(float* from) => Vector512.Create(*from);

    public static Vector512<float> MultiplyAdd(Vector512<float> a, Vector512<float> b, Vector512<float> sum) => Avx512F.FusedMultiplyAdd(a, b, sum);

    public static Vector512<float> Add(Vector512<float> a, Vector512<float> b) => a + b;

    public static Vector512<float> Rectify(Vector512<float> value)
        => Vector512.AndNot(value, Vector512.LessThanOrEqual(value, Vector512<float>.Zero));

    public static void Store(Vector512<float> value, float* to) => value.Store(to);

    public static void StoreFirst(Vector512<float> value, float* to, int count) => Avx512F.MaskStore(to, First(count), value);

    private static Vector512<float> First(int count) => Vector512.LessThan(Vector512<int>.Indices, Vector512.Create(count)).AsSingle();
}
