using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;

namespace Regimen.Kernels;

/// <summary>Vectors of 4 values: Arm. SSE has no multiply-add that rounds once, so this is not for x64.</summary>
internal readonly unsafe struct Lanes128 : ILanes<Vector128<float>>
{
    public static bool IsSupported => AdvSimd.Arm64.IsSupported;

    public static int Count => Vector128<float>.Count;

    public static int Rows => 12;

    public static Vector128<float> Load(float* from) => Vector128.Load(from);

    public static Vector128<float> LoadFirst(float* from, int count)
    {
        Vector128<float> values = Vector128<float>.Zero;
        for (int i = 0; i < Math.Min(count, Count); i++)
        {
            values = values.WithElement(i, from[i]);
        }

        return values;
    }

    public static Vector128<float> Broadcast(float* from) => Vector128.Create(*from);

    public static Vector128<float> MultiplyAdd(Vector128<float> a, Vector128<float> b, Vector128<float> sum) => AdvSimd.FusedMultiplyAdd(sum, a, b);

    public static Vector128<float> Add(Vector128<float> a, Vector128<float> b) => a + b;

    public static Vector128<float> Rectify(Vector128<float> value)
        => Vector128.AndNot(value, Vector128.LessThanOrEqual(value, Vector128<float>.Zero));

    public static void Store(Vector128<float> value, float* to) => value.Store(to);

    public static void StoreFirst(Vector128<float> value, float* to, int count)
    {
        for (int i = 0; i < Math.Min(count, Count); i++)
        {
            to[i] = value.GetElement(i);
        }
    }
}
