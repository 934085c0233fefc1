using System.Globalization;
using Regimen.Engine;
using Regimen.Optimization;
using Regimen.Tests.TestKit;
using TorchSharp;
using OptimizerOptions = Regimen.Optimization.OptimizerOptions;
using Parameter = TorchSharp.Modules.Parameter;
using static TorchSharp.torch;

namespace Regimen.Tests.Optimization;

/// <summary>Adagrad against PyTorch, Lion, LAMB and Muon against their papers' formulas in numpy, in float64: 19 steps of a tall matrix, a vector, a
/// convolution's weight and a scalar.</summary>
public sealed class NewOptimizerReferenceTests
{
    private const int Steps = 19;
    private static readonly long[][] Shapes = [[5, 3], [5], [2, 4, 3], []];

    private const string Script =
        """
        import numpy as np, torch
        shapes, steps = [(5, 3), (5,), (2, 4, 3), ()], 19
        def start(k): return np.array([0.3 * np.sin(1.1 * i + k) for i in range(int(np.prod(shapes[k])))]).reshape(shapes[k])
        def gradient(k, t): return np.array([0.2 * np.sin(0.9 * t + 1.3 * i + k) + 0.05 * (k + 1) for i in range(int(np.prod(shapes[k])))]).reshape(shapes[k])
        def adagrad(**options):
            values = [torch.tensor(start(k), requires_grad=True) for k in range(4)]
            optimizer = torch.optim.Adagrad(values, **options)
            for t in range(1, steps + 1):
                for k, v in enumerate(values): v.grad = torch.tensor(gradient(k, t))
                optimizer.step()
            return [v.detach().numpy() for v in values]
        def run(update):
            values, state = [start(k) for k in range(4)], [{} for _ in range(4)]
            for t in range(1, steps + 1):
                values = [np.asarray(update(k, values[k], gradient(k, t), state[k], t)) for k in range(4)]
            return values
        def lion(lr, b1, b2, wd):
            def update(k, w, g, s, t):
                m = s.get("m", 0.0 * w)
                c = b1 * m + (1 - b1) * g
                s["m"] = b2 * m + (1 - b2) * g
                return w - lr * (np.sign(c) + wd * w)
            return update
        def moments(g, s, b1, b2, t):
            s["m"] = b1 * s.get("m", 0) + (1 - b1) * g
            s["v"] = b2 * s.get("v", 0) + (1 - b2) * g * g
            return s["m"] / (1 - b1 ** t), s["v"] / (1 - b2 ** t)
        def lamb(lr, b1, b2, eps, wd):
            def update(k, w, g, s, t):
                m, v = moments(g, s, b1, b2, t)
                r = m / (np.sqrt(v) + eps) + wd * w
                phi, norm = np.linalg.norm(w), np.linalg.norm(r)
                return w - lr * (phi / norm if phi > 0 and norm > 0 else 1) * r
            return update
        def newton_schulz(g, steps):
            a, b, c = 3.4445, -4.7750, 2.0315
            x = g / (np.linalg.norm(g) + 1e-7)
            if g.shape[0] > g.shape[1]: x = x.T
            for _ in range(steps):
                s = x @ x.T
                x = a * x + (b * s + c * s @ s) @ x
            return x.T if g.shape[0] > g.shape[1] else x
        def muon(lr, mu, nesterov, ns, wd, scale, others=()):
            def update(k, w, g, s, t):
                if w.ndim < 2 or k in others:
                    m, v = moments(g, s, 0.9, 0.999, t)
                    return w - lr * (m / (np.sqrt(v) + 1e-8) + wd * w)
                s["b"] = mu * s.get("b", 0) + (1 - mu) * g
                u = (1 - mu) * g + mu * s["b"] if nesterov else s["b"]
                o = newton_schulz(u.reshape(len(w), -1), ns)
                return w - lr * wd * w - lr * scale(*o.shape) * o.reshape(w.shape)
            return update
        rms = lambda r, c: 0.2 * max(r, c) ** 0.5
        cases = {
            "adagrad": adagrad(lr=0.05),
            "adagrad_all": adagrad(lr=0.05, lr_decay=0.1, weight_decay=0.02, initial_accumulator_value=0.3, eps=1e-3),
            "lion": run(lion(0.003, 0.9, 0.99, 0)),
            "lion_decay": run(lion(0.01, 0.95, 0.98, 0.3)),
            "lamb": run(lamb(0.02, 0.9, 0.999, 1e-6, 0)),
            "lamb_decay": run(lamb(0.05, 0.8, 0.99, 1e-3, 0.1)),
            "muon": run(muon(0.02, 0.95, True, 5, 0, rms)),
            "muon_all": run(muon(0.05, 0.8, False, 3, 0.1, lambda r, c: max(1, r / c) ** 0.5)),
            "muon_adamw": run(muon(0.02, 0.95, True, 5, 0.2, rms, others=(0,))),
        }
        for name, values in cases.items():
            print(name, *(repr(float(x)) for v in values for x in np.ravel(v)))
        """;

    private static readonly Lazy<Dictionary<string, double[]>> References = new(() => PyTorch.Run(Script).Split('\n', StringSplitOptions.RemoveEmptyEntries)
        .Select(line => line.Split(' ')).ToDictionary(parts => parts[0], parts => parts[1..].Select(n => double.Parse(n, CultureInfo.InvariantCulture)).ToArray()));

    public static TheoryData<string, OptimizerOptions> Cases => new()
    {
        { "adagrad", Optimizers.Adagrad(0.05) },
        { "adagrad_all", new Adagrad { Lr = 0.05, LrDecay = 0.1, WeightDecay = 0.02, InitialAccumulatorValue = 0.3, Eps = 1e-3 } },
        { "lion", Optimizers.Lion(0.003) },
        { "lion_decay", new Lion { Lr = 0.01, Betas = [0.95, 0.98], WeightDecay = 0.3 } },
        { "lamb", Optimizers.Lamb(0.02, weightDecay: 0) },
        { "lamb_decay", new Lamb { Lr = 0.05, Betas = [0.8, 0.99], Eps = 1e-3, WeightDecay = 0.1 } },
        { "muon", Optimizers.Muon(0.02) },
        { "muon_all", new Muon { Lr = 0.05, Momentum = 0.8, Nesterov = false, NsSteps = 3, WeightDecay = 0.1, AdjustLr = MuonScale.Original } },
        { "muon_adamw", new Muon { Lr = 0.02, WeightDecay = 0.2, Adamw = ["a"] } },
    };

    /// <summary>The operations of tensors, which other element types and devices use.</summary>
    [Theory]
    [MemberData(nameof(Cases), DisableDiscoveryEnumeration = true)]
    public void Steps_in_double_precision_equal_the_reference(string name, OptimizerOptions options) => Compare(name, options, float64, 1e-9);

    /// <summary>One pass over memory, where the optimizer has one.</summary>
    [Theory]
    [MemberData(nameof(Cases), DisableDiscoveryEnumeration = true)]
    public void Steps_in_single_precision_equal_the_reference_to_rounding(string name, OptimizerOptions options) => Compare(name, options, float32, 2e-5);

    [Theory]
    [MemberData(nameof(Cases), DisableDiscoveryEnumeration = true)]
    public void Steps_with_portable_bits_equal_the_reference_to_rounding(string name, OptimizerOptions options)
    {
        using IDisposable arithmetic = Regimen.Engine.Arithmetic.Borrow(Regimen.Engine.Bits.Portable);
        Assert.True(options.IsPortable);
        Compare(name, options, float32, 2e-5);
    }

    /// <summary>Two groups of parameters, one with a tenth of the learning rate and no weight decay, equal two optimizers.</summary>
    [Theory]
    [MemberData(nameof(Cases), DisableDiscoveryEnumeration = true)]
    public void Rules_apply_to_their_parameters(string name, OptimizerOptions options)
    {
        Assert.NotEmpty(name);
        float[] plain = Train(options, float32, out _);
        float[] ruled = Train(options with { Rules = [new ParameterRule { Match = "c", LrScale = 0.1, WeightDecay = 0 }] }, float32, out _);
        float[] slow = Train(options with { Lr = 0.1 * options.Lr, WeightDecay = 0 }, float32, out _);
        Assert.Equal(plain[..20], ruled[..20]);
        Assert.Equal(slow[20..44], ruled[20..44]);
        Assert.Equal(plain[44..], ruled[44..]);
    }

    [Fact]
    public void A_pattern_that_matches_no_parameter_is_refused()
    {
        using var model = new Four(float32);
        Assert.Contains("optimizer.adamw", Assert.Single(ParameterRules.Check(new Muon { Adamw = ["a", "head.*"] }, model)).Where, StringComparison.Ordinal);
        Assert.Empty(ParameterRules.Check(new Muon { Adamw = ["a"] }, model));
    }

    [Fact]
    public void Options_with_equal_values_are_equal()
    {
        Assert.Equal(new Lion { Betas = [0.5, 0.6] }, new Lion { Betas = [0.5, 0.6] });
        Assert.NotEqual(new Lamb { Betas = [0.5, 0.6] }, new Lamb { Betas = [0.5, 0.7] });
        Assert.Equal(new Muon { Adamw = ["x"] }, new Muon { Adamw = ["x"] });
        Assert.NotEqual(new Muon { Adamw = ["x"] }, new Muon { Adamw = ["y"] });
    }

    private static void Compare(string name, OptimizerOptions options, ScalarType type, double tolerance)
    {
        PyTorch.SkipWhereMissing("numpy");
        double[] expected = References.Value[name];
        Train(options, type, out double[] received);
        Assert.Equal(expected.Length, received.Length);
        double scale = expected.Select(Math.Abs).Max();
        Assert.All(expected.Index(), e => Assert.True(Math.Abs(e.Item - received[e.Index]) <= tolerance * scale, $"value {e.Index}: expected {e.Item:R}, received {received[e.Index]:R}"));
    }

    private static float[] Train(OptimizerOptions options, ScalarType type, out double[] values)
    {
        using var model = new Four(type);
        using var flat = new FlatParameters(model);
        using Optimizer optimizer = options.Build(flat);
        for (int step = 1; step <= Steps; step++)
        {
            using DisposeScope scope = NewDisposeScope();
            foreach ((int k, ParameterRange range) in flat.Ranges.Index())
            {
                range.View(flat.Gradients).copy_(Values(k, i => (0.2 * Math.Sin((0.9 * step) + (1.3 * i) + k)) + (0.05 * (k + 1)), type));
            }

            optimizer.Step(options.Lr);
            Assert.Equal(0, flat.Gradients.abs().sum().ToDouble());
        }

        using Tensor all = cat([.. model.parameters().Select(p => p.detach().to(float64).flatten())]);
        values = TensorMemory.Span<double>(all).ToArray();
        return [.. values.Select(v => (float)v)];
    }

    private static Tensor Values(int k, Func<int, double> value, ScalarType type)
    {
        int count = (int)Shapes[k].Aggregate(1L, (product, size) => product * size);
        return tensor([.. Enumerable.Range(0, count).Select(value)], Shapes[k], dtype: type);
    }

    private sealed class Four : nn.Module
    {
        private readonly Parameter a;
        private readonly Parameter b;
        private readonly Parameter c;
        private readonly Parameter d;

        public Four(ScalarType type)
            : base(nameof(Four))
        {
            (a, b, c, d) = (Of(0, type), Of(1, type), Of(2, type), Of(3, type));
            RegisterComponents();
            Assert.NotNull(d);
            Assert.NotNull(c);
            Assert.NotNull(b);
            Assert.NotNull(a);
        }

        private static Parameter Of(int k, ScalarType type) => nn.Parameter(Values(k, i => 0.3 * Math.Sin((1.1 * i) + k), type));
    }
}
