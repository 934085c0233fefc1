using Regimen.Engine;
using Regimen.Optimization;
using Regimen.Tests.TestKit;
using TorchSharp;
using static TorchSharp.torch;

namespace Regimen.Tests.Optimization;

/// <summary>Each optimizer against TorchSharp's, to rounding, over enough steps to reveal a wrong formula.</summary>
public sealed class OptimizerTests
{
    public static TheoryData<string> Names => ["sgd", "sgd+decay", "momentum", "nesterov", "momentum+decay", "adam", "adam+decay", "adamw", "adamw+betas",
        "rmsprop", "rmsprop+momentum+decay", "rmsprop+centered", "rmsprop+all"];

    [Theory]
    [MemberData(nameof(Names))]
    public void Steps_equal_those_of_TorchSharp(string name) => Compare(name, float32, 2e-5);

    /// <summary>Other dtypes and devices use libtorch's operations instead of the fused kernels.</summary>
    [Theory]
    [MemberData(nameof(Names))]
    public void Steps_in_double_precision_equal_those_of_TorchSharp(string name) => Compare(name, float64, 1e-7);

    private static void Compare(string name, ScalarType type, double tolerance)
    {
        using nn.Module<Tensor, Tensor> ours = TinyNet.Seeded().to(type);
        using nn.Module<Tensor, Tensor> theirs = TinyNet.Seeded().to(type);
        float[] start = WeightValues.Of(ours);
        (OptimizerOptions options, Func<IEnumerable<TorchSharp.Modules.Parameter>, optim.Optimizer> reference) = Of(name);
        using optim.Optimizer other = reference(theirs.parameters());
        using var flat = new FlatParameters(ours);
        using Optimizer optimizer = options.Build(flat);
        for (int step = 1; step <= 30; step++)
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor input = arange(40, dtype: type).mul(0.37 * step).sin().view(10, 4);
            Tensor target = arange(10).remainder(3);
            nn.functional.cross_entropy(ours.call(input), target).backward();
            optimizer.Step(options.Lr);
            other.zero_grad();
            nn.functional.cross_entropy(theirs.call(input), target).backward();
            other.step();
        }

        WeightValues.AreNear(WeightValues.Of(theirs), WeightValues.Of(ours), tolerance);
        Assert.NotEqual(start, WeightValues.Of(ours));
        using Tensor gradients = flat.Gradients.abs().sum();
        Assert.Equal(0, gradients.ToDouble());
    }

    [Fact]
    public void Gradient_descent_equals_the_formula_bit_for_bit()
    {
        using TinyNet model = TinyNet.Seeded();
        using var flat = new FlatParameters(model);
        using Optimizer optimizer = Optimizers.Sgd(0.5).Build(flat);
        float[] before = TensorMemory.Span<float>(flat.Values).ToArray();
        Span<float> gradients = TensorMemory.Span<float>(flat.Gradients);
        for (int i = 0; i < gradients.Length; i++)
        {
            gradients[i] = i * 0.25f;
        }

        optimizer.Step(0.5);
        Assert.Equal(before.Select((v, i) => v - (0.5f * (i * 0.25f))), TensorMemory.Span<float>(flat.Values).ToArray());
    }

    [Theory]
    [InlineData("float32")]
    [InlineData("float64")]
    public void Biases_and_norm_weights_can_be_excluded_from_weight_decay(string type)
    {
        ScalarType dtype = type == "float32" ? float32 : float64;
        using nn.Module<Tensor, Tensor> model = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Linear(4, 2)).to(dtype);
        using (no_grad())
        {
            foreach (TorchSharp.Modules.Parameter parameter in model.parameters())
            {
                parameter.fill_(2.0);
            }
        }

        using var flat = new FlatParameters(model);
        foreach (OptimizerOptions options in (OptimizerOptions[])
            [new AdamW { Lr = 0.1, WeightDecay = 0.5 }, new Sgd { Lr = 0.1, WeightDecay = 0.5, Momentum = 0.9 }, new RmsProp { WeightDecay = 0.5 }])
        {
            float[] before = WeightValues.Of(model);
            using Optimizer optimizer = (options with { ExcludeBiasAndNorm = true }).Build(flat);
            optimizer.Step(options.Lr);
            foreach (ParameterRange range in flat.Ranges)
            {
                using Tensor values = range.View(flat.Values);
                bool same = values.eq(2.0).all().ToBoolean();
                Assert.Equal(range.Shape.Count < 2, same);
            }

            Assert.NotEqual(before, WeightValues.Of(model));
        }
    }

    [Fact]
    public void Separate_parameter_groups_give_the_bits_of_one_pass()
    {
        using TinyNet one = TinyNet.Seeded();
        using TinyNet many = TinyNet.Seeded();
        using var oneFlat = new FlatParameters(one);
        using var manyFlat = new FlatParameters(many);
        var options = new AdamW { Lr = 0.1, WeightDecay = 1e-30 };
        using Optimizer whole = options.Build(oneFlat);
        using Optimizer parts = (options with { ExcludeBiasAndNorm = true }).Build(manyFlat);
        for (int step = 0; step < 3; step++)
        {
            foreach ((FlatParameters flat, Optimizer optimizer) in new[] { (oneFlat, whole), (manyFlat, parts) })
            {
                Span<float> gradients = TensorMemory.Span<float>(flat.Gradients);
                for (int i = 0; i < gradients.Length; i++)
                {
                    gradients[i] = MathF.Sin(i + step);
                }

                optimizer.Step(options.Lr);
            }
        }

        Assert.Equal(WeightValues.Of(one), WeightValues.Of(many));
    }

    [Fact]
    public void Defaults_are_those_of_PyTorch()
    {
        Assert.Equal(new RmsProp { Lr = 0.01, Alpha = 0.99, Eps = 1e-8, WeightDecay = 0, Momentum = 0, Centered = false }, new RmsProp());
        Assert.All((OptimizerOptions[])[new Sgd(), new Adam(), new AdamW(), new RmsProp()], o => Assert.False(o.ExcludeBiasAndNorm));
        Assert.Equal(new Sgd { Lr = 1e-3, Momentum = 0, Nesterov = false, WeightDecay = 0 }, new Sgd());
        Assert.Equal(new Adam { Lr = 1e-3, Betas = [0.9, 0.999], Eps = 1e-8, WeightDecay = 0 }, new Adam());
        Assert.Equal(new AdamW { Lr = 1e-3, Betas = [0.9, 0.999], Eps = 1e-8, WeightDecay = 0.01 }, new AdamW());
    }

    [Fact]
    public void Nesterov_without_momentum_is_an_error()
        => Assert.Equal("optimizer.nesterov", Assert.Single(Optimizers.Sgd(0.1, nesterov: true).Check()).Where);

    private static (OptimizerOptions Ours, Func<IEnumerable<TorchSharp.Modules.Parameter>, optim.Optimizer> Theirs) Of(string name) => name switch
    {
        "sgd" => (Optimizers.Sgd(0.1), p => optim.SGD(p, 0.1)),
        "sgd+decay" => (Optimizers.Sgd(0.1, weightDecay: 0.1), p => optim.SGD(p, 0.1, weight_decay: 0.1)),
        "momentum" => (Optimizers.Sgd(0.1, 0.9), p => optim.SGD(p, 0.1, momentum: 0.9)),
        "nesterov" => (Optimizers.Sgd(0.1, 0.9, nesterov: true), p => optim.SGD(p, 0.1, momentum: 0.9, nesterov: true)),
        "momentum+decay" => (Optimizers.Sgd(0.1, 0.5, weightDecay: 0.05), p => optim.SGD(p, 0.1, momentum: 0.5, weight_decay: 0.05)),
        "adam" => (Optimizers.Adam(0.01), p => optim.Adam(p, 0.01)),
        "adam+decay" => (Optimizers.Adam(0.01, 0.1), p => optim.Adam(p, 0.01, weight_decay: 0.1)),
        "adamw" => (Optimizers.AdamW(0.01), p => optim.AdamW(p, 0.01, weight_decay: 0.01)),
        "rmsprop" => (Optimizers.RmsProp(0.01), p => optim.RMSProp(p, 0.01)),
        "rmsprop+momentum+decay" => (Optimizers.RmsProp(0.01, 0.9, 0.1), p => optim.RMSProp(p, 0.01, momentum: 0.9, weight_decay: 0.1)),
        "rmsprop+centered" => (new RmsProp { Lr = 0.01, Centered = true }, p => optim.RMSProp(p, 0.01, centered: true)),
        "rmsprop+all" => (
            new RmsProp { Lr = 0.01, Centered = true, Alpha = 0.9, Eps = 1e-3, Momentum = 0.5, WeightDecay = 0.01 },
            p => optim.RMSProp(p, 0.01, 0.9, 1e-3, 0.01, 0.5, true)),
        _ => (new AdamW { Lr = 0.01, Betas = [0.5, 0.7], Eps = 1e-4, WeightDecay = 0.2 }, p => optim.AdamW(p, 0.01, 0.5, 0.7, 1e-4, 0.2)),
    };
}
