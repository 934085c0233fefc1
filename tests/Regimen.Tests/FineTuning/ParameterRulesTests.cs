using Regimen.Engine;
using Regimen.Loading;
using Regimen.Optimization;
using Regimen.Tests.TestKit;
using Regimen.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Regimen.Tests.FineTuning;

public sealed class ParameterRulesTests
{
    private const string Reference =
        """
        import sys, torch
        dtype = torch.float64
        make = dict(sgd=lambda g: torch.optim.SGD(g, lr=0.01, momentum=0.9), adamw=lambda g: torch.optim.AdamW(g, lr=0.01), adam=lambda g: torch.optim.Adam(g, lr=0.01),
                    rmsprop=lambda g: torch.optim.RMSprop(g, lr=0.01, momentum=0.5))
        for name in sys.argv[1:]:
         w = {n: torch.nn.Parameter((torch.arange(k, dtype=dtype) - 3) / 10) for n, k in (("fc1.weight", 32), ("fc1.bias", 8), ("fc2.weight", 24), ("fc2.bias", 3))}
         groups = [dict(params=[w["fc2.weight"]], lr=0.05, weight_decay=0.3), dict(params=[w["fc1.bias"]], lr=0.0, weight_decay=0.01),
                  dict(params=[w["fc1.weight"]], lr=0.01, weight_decay=0.01), dict(params=[w["fc2.bias"]], lr=0.02, weight_decay=0.0)]
         optimizer = make[name](groups)
         for t in range(1, 6):
            for i, p in enumerate(w.values()):
                p.grad = torch.sin(torch.arange(p.numel(), dtype=dtype) + t + i)
            optimizer.step()
         print(*[repr(float(v)) for p in w.values() for v in p.detach()])
        """;

    [Fact]
    public void Each_parameter_moves_as_in_a_parameter_group_of_PyTorch()
    {
        PyTorch.SkipWhereMissing();
        string[] names = ["sgd", "adam", "adamw", "rmsprop"];
        double[][] expected = [.. PyTorch.Run(Reference, names).Trim().Split('\n').Select(PyTorch.Numbers)];
        foreach ((int index, string name) in names.Index())
        {
            // float32 is updated in one pass over memory, float64 by tensor operations.
            foreach (ScalarType type in (ScalarType[])[ScalarType.Float32, ScalarType.Float64])
            {
                float[] received = Trained(Optimizer(name), type);
                Assert.Equal(67, received.Length);
                Assert.All(expected[index].Zip(received, (a, b) => Math.Abs(a - b)), difference => Assert.InRange(difference, 0, 2e-6));
            }
        }
    }

    [Fact]
    public void A_rule_of_one_changes_no_bit()
    {
        OptimizerOptions plain = Optimizers.AdamW(0.01);
        Assert.Equal(Trained(plain, ScalarType.Float32), Trained(plain with { Rules = [new() { Match = "fc1" }] }, ScalarType.Float32));
    }

    [Fact]
    public void Wrong_rules_are_refused_together()
    {
        using TinyNet model = TinyNet.Seeded();
        using DataLoader train = DataLoader.ForTraining(TinyData.Clusters(23), new LoaderOptions { BatchSize = 5 });
        OptimizerOptions optimizer = Optimizers.Sgd(0.1) with { Rules = [new() { Match = "fc1.*" }, new() { Match = "fc3.*" }, new() { Match = "fc1.bias" }] };
        IReadOnlyList<Problem> problems = Assert.Throws<RequestException>(() => new Trainer(new TrainOptions()).Check(model, Objectives.CrossEntropy, optimizer, train)).Problems;
        Assert.Equal(["`fc3.*` matches no parameter of the model", "The rule `fc1.bias` would have no effect: earlier rules match the same parameters, and the first one applies"], problems.Select(p => p.Message));
        Assert.All(problems, p => Assert.Equal("optimizer.rules", p.Where));
        Assert.Contains("fc1", problems[0].Hint, StringComparison.Ordinal);

        RequestException bounds = Assert.Throws<RequestException>(
            () => new Trainer(new TrainOptions()).Check(model, Objectives.CrossEntropy, Optimizers.Sgd(0.1) with { Rules = [new() { Match = "fc1", LrScale = -1 }] }, train));
        Assert.Contains("LrScale", bounds.Problems[0].Where, StringComparison.Ordinal);
    }

    [Fact]
    public void Options_with_equal_rules_are_equal()
    {
        OptimizerOptions a = Optimizers.AdamW(0.01) with { Rules = [new() { Match = "fc1", LrScale = 2 }] };
        Assert.Equal(a, Optimizers.AdamW(0.01) with { Rules = [new() { Match = "fc1", LrScale = 2 }] });
        Assert.NotEqual(a, Optimizers.AdamW(0.01) with { Rules = [new() { Match = "fc1", LrScale = 3 }] });
        Assert.NotEqual(a, Optimizers.AdamW(0.01));
    }

    private static OptimizerOptions Optimizer(string name)
    {
        OptimizerOptions options = name switch
        {
            "sgd" => Optimizers.Sgd(0.01, momentum: 0.9, weightDecay: 0.01),
            "adam" => Optimizers.Adam(0.01, weightDecay: 0.01),
            "adamw" => Optimizers.AdamW(0.01),
            _ => Optimizers.RmsProp(0.01, momentum: 0.5, weightDecay: 0.01),
        };

        // The first rule that matches applies: fc2.weight has the first one alone.
        return options with
        {
            Rules = [new() { Match = "fc2.weight", LrScale = 5, WeightDecay = 0.3 }, new() { Match = "fc1.bias", LrScale = 0 }, new() { Match = "fc2", LrScale = 2, WeightDecay = 0 }],
        };
    }

    private static float[] Trained(OptimizerOptions options, ScalarType type)
    {
        using DisposeScope scope = NewDisposeScope();
        using var model = new TinyNet();
        model.to(type);
        using (no_grad())
        {
            foreach (TorchSharp.Modules.Parameter parameter in model.parameters())
            {
                parameter.copy_(arange(parameter.numel(), float64).sub(3).div(10).reshape(parameter.shape));
            }
        }

        using var parameters = new FlatParameters(model);
        using Optimizer optimizer = options.Build(parameters);
        for (int t = 1; t <= 5; t++)
        {
            foreach ((int i, ParameterRange range) in parameters.Ranges.Index())
            {
                using Tensor gradient = range.View(parameters.Gradients);
                gradient.copy_(arange(range.Length, float64).add(t + i).sin().reshape([.. range.Shape]));
            }

            optimizer.Step(options.Lr);
        }

        return [.. model.parameters().SelectMany(p => TensorMemory.Span<float>(p.to(float32).contiguous()).ToArray())];
    }
}
