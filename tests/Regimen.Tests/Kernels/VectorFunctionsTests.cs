using System.Runtime.Intrinsics;
using Regimen.Engine;
using Regimen.Kernels;
using Regimen.Layers;
using TorchSharp;
using static TorchSharp.torch;

namespace Regimen.Tests.Kernels;

/// <summary>Tests the functions of vectors against libtorch in float64, over all float32 exponents, and at the ends of the range.</summary>
public sealed class VectorFunctionsTests
{
    /// <summary>Exponentials below 1.2·10⁻³⁸ are 0: that is an error of a unit in the last place of this value.</summary>
    private const double Flushed = 1e-31;

    /// <summary>Values of every exponent and both signs, and a dense range around 0.</summary>
    private static float[] Inputs { get; } =
    [
        .. Enumerable.Range(0, 120_000).Select(i => BitConverter.Int32BitsToSingle((int)(i * 17_759L))).Where(float.IsFinite).SelectMany(x => new[] { x, -x }),
        .. Enumerable.Range(-80_000, 160_000).Select(i => i * 0.000_187f),
    ];

    [Fact]
    public void The_exponential_is_exact_to_two_units_in_the_last_place()
        => Check(VectorFunctions.Exp, x => x.exp(), units: 2, least: 1.2e-38, [.. Inputs.Where(x => x is < 88 and > -87.3f)]);

    [Fact]
    public void The_logarithm_of_one_plus_is_exact_to_three_units_in_the_last_place()
        => Check(VectorFunctions.LogOnePlus, x => x.log1p(), units: 3, least: 1.2e-38, [.. Inputs.Where(x => x is >= 0 and <= 1)]);

    [Fact]
    public void The_sigmoid_is_exact_to_three_units_in_the_last_place() => Check(VectorFunctions.Sigmoid, x => x.sigmoid(), units: 3, least: Flushed, Inputs);

    [Fact]
    public void The_hyperbolic_tangent_is_exact_to_two_units_in_the_last_place() => Check(VectorFunctions.Tanh, x => x.tanh(), units: 2, least: 1.2e-38, Inputs);

    [Fact]
    public void The_normal_distribution_is_exact_to_six_units_in_the_last_place()
        => Check(x => VectorFunctions.Normal(x).Distribution, x => Distribution(x), units: 6, least: Flushed, Inputs);

    [Fact]
    public void Silu_is_exact_to_four_units_in_the_last_place() => Check(SiluFunction.Value, x => x.mul(x.sigmoid()), units: 4, least: 100 * Flushed, Inputs);

    [Fact]
    public void Gelu_is_exact_to_seven_units_in_the_last_place() => Check(GeluFunction.Value, x => x.mul(Distribution(x)), units: 7, least: 100 * Flushed, Inputs);

    /// <summary>Each derivative has a zero, near which its error is that of the terms that cancel.</summary>
    [Fact]
    public void Derivatives_are_exact_to_four_units_of_their_terms()
    {
        Check(GeluFunction.Derivative, x => Distribution(x).add(x.mul(x.mul(x).mul(-0.5).exp()).mul(1 / Math.Sqrt(2 * Math.PI))), units: 4, least: 0.5, Inputs);
        Check(SiluFunction.Derivative, x => x.sigmoid().mul(x.mul(x.neg().sigmoid()).add(1.0)), units: 4, least: 0.5, [.. Inputs.Where(x => x > -80)]);
        Check(TanhFunction.Derivative, x => x.tanh().mul(x.tanh()).neg().add(1.0), units: 4, least: 0.5, Inputs);
    }

    /// <summary>The tanh form rounds the exponent, so its tail has the error of an exponential of a rounded number.</summary>
    [Fact]
    public void The_tanh_form_of_gelu_is_exact_to_four_units_or_relative_to_its_exponent()
    {
        float[] inputs = [.. Inputs.Where(x => x > -9)];
        Check(GeluTanhFunction.Value, x => x.mul(V(x).sigmoid()), units: 4, least: 0.25, inputs);
        Check(GeluTanhFunction.Derivative, x => V(x).sigmoid().add(x.mul(V(x).sigmoid()).mul(V(x).neg().sigmoid()).mul(x.mul(x).mul(3 * 0.07135481282).add(1.5957691216))), units: 4, least: 1, [.. inputs.Where(x => x < 50)]);

        static Tensor V(Tensor x) => x.mul(x.mul(x).mul(0.07135481282).add(1.5957691216));
    }

    [Fact]
    public void Infinities_and_NaN_are_those_of_the_function()
    {
        float[] x = [float.NegativeInfinity, float.PositiveInfinity, float.NaN, float.MinValue, float.MaxValue, -0f, 0, float.Epsilon];
        Assert.Equal([0, 1, float.NaN, 0, 1, 0.5f, 0.5f, 0.5f], Of(VectorFunctions.Sigmoid));
        Assert.Equal([-1, 1, float.NaN, -1, 1, -0f, 0, float.Epsilon], Of(VectorFunctions.Tanh));
        Assert.Equal([0, 1, float.NaN, 0, 1, 0.5f, 0.5f, 0.5f], Of(v => VectorFunctions.Normal(v).Distribution));
        Assert.Equal([float.NaN, float.PositiveInfinity, float.NaN, 0, float.MaxValue, 0, 0, 0], Of(GeluFunction.Value));
        Assert.Equal([float.NaN, float.PositiveInfinity, float.NaN, 0, float.MaxValue, 0, 0, 0], Of(SiluFunction.Value));
        Assert.Equal([float.NaN, float.PositiveInfinity, float.NaN, 0, float.MaxValue, 0, 0, 0], Of(GeluTanhFunction.Value));
        Assert.Equal([0, 0, float.NaN, 0, 0, 1, 1, 1], Of(TanhFunction.Derivative));
        Assert.Equal(0, VectorFunctions.Exp(Vector256.Create(float.NegativeInfinity))[0]);
        Assert.True(float.IsNaN(VectorFunctions.Exp(Vector256.Create(float.NaN))[0]));

        float[] Of(Func<Vector256<float>, Vector256<float>> function)
        {
            Vector256<float> y = function(Vector256.Create(x));
            return [.. Enumerable.Range(0, x.Length).Select(i => y[i])];
        }
    }

    private static Tensor Distribution(Tensor x) => special.erfc(x.mul(-Math.Sqrt(0.5))).mul(0.5);

    /// <summary>Checks errors in units in the last place of the exact value, or of <paramref name="least"/> where the value is smaller.</summary>
    private static void Check(Func<Vector256<float>, Vector256<float>> function, Func<Tensor, Tensor> exact, double units, double least, float[] inputs)
    {
        using DisposeScope scope = NewDisposeScope();
        double[] expected = TensorMemory.Span<double>(exact(tensor(inputs).to(ScalarType.Float64)).contiguous()).ToArray();
        (double worst, float at) = (0, 0);
        for (int i = 0; i < inputs.Length; i++)
        {
            if (Math.Abs(expected[i]) < float.MaxValue)
            {
                float received = function(Vector256.Create(inputs[i]))[3];
                double unit = Math.ScaleB(1, Math.Max(Math.ILogB(Math.Max(Math.Abs(expected[i]), least)), -126) - 23);
                double error = Math.Abs(received - expected[i]) / unit;
                (worst, at) = error > worst || double.IsNaN(error) ? (error, inputs[i]) : (worst, at);
            }
        }

        Assert.True(worst <= units, FormattableString.Invariant($"{worst} units at {at:R}"));
    }
}
