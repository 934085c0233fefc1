using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Regimen.Kernels;
using static TorchSharp.torch;

namespace Regimen.Layers;

/// <summary>A function of one value.</summary>
internal interface IElementFunction
{
    /// <summary>Returns the function's values.</summary>
    static abstract Vector256<float> Value(Vector256<float> x);

    /// <summary>Returns the derivative.</summary>
    static abstract Vector256<float> Derivative(Vector256<float> x);

    /// <summary>Computes the function with libtorch.</summary>
    static abstract Tensor Reference(Tensor x);
}

/// <summary>x·Φ(x).</summary>
internal readonly struct GeluFunction : IElementFunction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Value(Vector256<float> x) => x * VectorFunctions.Normal(x).Distribution;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Derivative(Vector256<float> x)
    {
        (Vector256<float> distribution, Vector256<float> density) = VectorFunctions.Normal(x);
        return distribution + (x * density);
    }

    public static Tensor Reference(Tensor x) => x.gelu();
}

/// <summary>x·sigmoid(x).</summary>
internal readonly struct SiluFunction : IElementFunction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Value(Vector256<float> x) => x * VectorFunctions.Sigmoid(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Derivative(Vector256<float> x)
        => VectorFunctions.Sigmoid(x) * (Vector256<float>.One + (x * VectorFunctions.Sigmoid(-x)));

    public static Tensor Reference(Tensor x) => nn.functional.silu(x);
}

/// <summary>The hyperbolic tangent.</summary>
internal readonly struct TanhFunction : IElementFunction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Value(Vector256<float> x) => VectorFunctions.Tanh(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Derivative(Vector256<float> x)
    {
        Vector256<float> value = VectorFunctions.Tanh(x);
        return Vector256<float>.One - (value * value);
    }

    public static Tensor Reference(Tensor x) => x.tanh();
}

/// <summary>GELU in its tanh form, <c>x·σ(v)</c> with <c>v = x·(2·√(2/π) + 0.0713548·x²)</c>.</summary>
internal readonly struct GeluTanhFunction : IElementFunction
{
    // 2·√(2/π), and that times 0.044715.
    internal const float Linear = 1.5957691216f;
    internal const float Cubic = 0.0713548163f;

    // From here on σ(v) is 0 or 1, and squares stay finite.
    private const float Most = 100;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Value(Vector256<float> x)
    {
        Vector256<float> within = Within(x);
        return x * VectorFunctions.Sigmoid(within * ((within * within * Cubic) + Vector256.Create(Linear)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Derivative(Vector256<float> x)
    {
        Vector256<float> within = Within(x);
        Vector256<float> square = within * within;
        Vector256<float> v = within * ((square * Cubic) + Vector256.Create(Linear));
        Vector256<float> sigmoid = VectorFunctions.Sigmoid(v);
        return sigmoid + (within * sigmoid * VectorFunctions.Sigmoid(-v) * ((square * (3 * Cubic)) + Vector256.Create(Linear)));
    }

    public static Tensor Reference(Tensor x)
    {
        using TorchSharp.Scalar linear = Linear;
        using TorchSharp.Scalar cubic = Cubic;
        return x.mul(x.mul(linear).add(x.pow(3).mul(cubic)).sigmoid());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Within(Vector256<float> x)
    {
        x = Vector256.ConditionalSelect(Vector256.GreaterThan(x, Vector256.Create(Most)), Vector256.Create(Most), x);
        return Vector256.ConditionalSelect(Vector256.LessThan(x, Vector256.Create(-Most)), Vector256.Create(-Most), x);
    }
}

/// <summary>GELU in its tanh form, <c>x·σ(2u)</c> with <c>0.5·(1 + tanh u) = σ(2u)</c>, as runs with <see cref="Engine.Bits.Machine"/> have it.</summary>
internal readonly struct FastGeluTanhFunction : IElementFunction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Value(Vector256<float> x) => x * Sigmoid(x, x * x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Derivative(Vector256<float> x)
    {
        Vector256<float> square = x * x;
        Vector256<float> sigmoid = Sigmoid(x, square);
        return sigmoid + (x * sigmoid * (Vector256<float>.One - sigmoid) * ((square * (3 * GeluTanhFunction.Cubic)) + Vector256.Create(GeluTanhFunction.Linear)));
    }

    public static Tensor Reference(Tensor x) => GeluTanhFunction.Reference(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Sigmoid(Vector256<float> x, Vector256<float> square)
        => Vector256<float>.One / (Vector256<float>.One + FastExp.Of(-x * ((square * GeluTanhFunction.Cubic) + Vector256.Create(GeluTanhFunction.Linear))));
}
