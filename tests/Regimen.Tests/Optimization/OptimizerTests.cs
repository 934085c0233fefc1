using Regimen.Engine;
using Regimen.Optimization;
using Regimen.Tests.TestKit;
using TorchSharp;
using static TorchSharp.torch;

namespace Regimen.Tests.Optimization;

/// <summary>Each optimizer against TorchSharp's own, to rounding, over enough steps that a wrong formula shows.</summary>
public sealed class OptimizerTests
{
    public static TheoryData<string> Names => ["sgd", "sgd+decay", "momentum", "nesterov", "momentum+decay", "adam", "adam+decay", "adamw", "adamw+betas"];

    [Theory]
    [MemberData(nameof(Names))]
    public void It_takes_the_steps_that_TorchSharp_takes(string name) => Compare(name, float32, 2e-5);

    /// <summary>Other element types and devices take libtorch's operations instead of the one pass over memory.</summary>
    [Theory]
    [MemberData(nameof(Names))]
    public void It_takes_them_in_double_precision_too(string name) => Compare(name, float64, 1e-7);

    private static void Compare(string name, ScalarType type, double tolerance)
    {
        using nn.Module<Tensor, Tensor> ours = TinyNet.Seeded().to(type);
        using nn.Module<Tensor, Tensor> theirs = TinyNet.Seeded().to(type);
        float[] start = Weights.Of(ours);
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

        Weights.AreNear(Weights.Of(theirs), Weights.Of(ours), tolerance);
        Assert.NotEqual(start, Weights.Of(ours));
        using Tensor gradients = flat.Gradients.abs().sum();
        Assert.Equal(0, gradients.ToDouble());
    }

    [Fact]
    public void Gradient_descent_is_the_textbooks_to_the_bit()
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

    [Fact]
    public void Its_defaults_are_PyTorchs()
    {
        Assert.Equal(new Sgd { Lr = 1e-3, Momentum = 0, Nesterov = false, WeightDecay = 0 }, new Sgd());
        Assert.Equal(new Adam { Lr = 1e-3, Betas = [0.9, 0.999], Eps = 1e-8, WeightDecay = 0 }, new Adam());
        Assert.Equal(new AdamW { Lr = 1e-3, Betas = [0.9, 0.999], Eps = 1e-8, WeightDecay = 0.01 }, new AdamW());
    }

    [Fact]
    public void Nesterov_without_momentum_is_refused()
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
        _ => (new AdamW { Lr = 0.01, Betas = [0.5, 0.7], Eps = 1e-4, WeightDecay = 0.2 }, p => optim.AdamW(p, 0.01, 0.5, 0.7, 1e-4, 0.2)),
    };
}
