using Regimen.Engine;
using Regimen.Loading;
using Regimen.Optimization;
using Regimen.Tests.TestKit;
using Regimen.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Regimen.Tests.Training;

/// <summary>Gradients that an objective or an observer detaches from the flat buffer or replaces.</summary>
public sealed class ReplacedGradientsTests
{
    public static TheoryData<string, bool> Ways
    {
        get
        {
            var ways = new TheoryData<string, bool>();
            foreach (string way in new[] { "zero_grad", "null", "one null", "create_graph", "own tensor" })
            {
                ways.Add(way, true);
                ways.Add(way, false);
            }

            return ways;
        }
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public void Clearing_or_replacing_gradients_between_steps_does_not_change_the_result(string way, bool ownLayers)
    {
        float[] expected = Train(ownLayers, Objectives.CrossEntropy, _ => { });
        Assert.Equal(expected, Train(ownLayers, Objectives.CrossEntropy, model => Replace(model, way)));
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public void Clearing_or_replacing_gradients_in_the_objective_does_not_change_the_result(string way, bool ownLayers)
    {
        float[] expected = Train(ownLayers, Loss((_, _) => { }), _ => { });
        Assert.Equal(expected, Train(ownLayers, Loss((model, _) => Replace(model, way)), _ => { }));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void An_additional_backward_call_in_the_objective_accumulates_as_in_PyTorch(bool ownLayers)
    {
        // Two backward passes double the gradient, so half the learning rate gives the same weights.
        float[] expected = Train(ownLayers, Loss((_, _) => { }), _ => { }, lr: 0.5);
        foreach (bool createGraph in new[] { true, false })
        {
            float[] twice = Train(
                ownLayers, Loss((_, loss) => loss.backward(null, create_graph: createGraph, retain_graph: true)), _ => { }, lr: 0.25);
            WeightValues.AreNear(expected, twice, 1e-6);
        }

        // Cleared in between: only the second gradient counts.
        float[] once = Train(
            ownLayers,
            Loss((model, loss) =>
            {
                loss.backward(null, create_graph: false, retain_graph: true);
                model.zero_grad();
            }),
            _ => { },
            lr: 0.5);
        WeightValues.AreNear(expected, once, 1e-6);
    }

    [Fact]
    public void Gradients_cleared_between_the_batches_of_a_step_are_an_error_with_the_parameters_name()
    {
        WorkFailedException error = Assert.Throws<WorkFailedException>(
            () => Train(false, Loss((model, _) => model.zero_grad()), _ => { }, accumulate: 2));
        Assert.Equal("fc1.weight", error.Problem.Where);
        Assert.Contains("trainer.accumulate", error.Problem.Expected, StringComparison.Ordinal);
    }

    [Fact]
    public void An_optimizer_with_one_method_trains_without_growing_memory()
    {
        float[] expected = Fit(Optimizers.Sgd(0.5), out _);
        foreach (bool inOnePass in new[] { true, false })
        {
            Assert.Equal(expected, Fit(new PlainOptions { Lr = 0.5, InOnePass = inOnePass }, out long grown));
            Assert.Equal(0, grown);
        }

        static float[] Fit(OptimizerOptions options, out long grown)
        {
            using TinyNet model = TinyNet.Seeded();
            var counts = new List<long>();
            using DataLoader train = DataLoader.ForTraining(TinyData.Clusters(23), new LoaderOptions { BatchSize = 7, Workers = 0 });
            Tensors.SettledCount();
            new Trainer(new TrainOptions { Epochs = 4 }, [new EventLog(e =>
            {
                if (e is TrainEvent.EpochEnded)
                {
                    counts.Add(Tensor.TotalCount);
                }
            })]).Fit(model, Objectives.CrossEntropy, options, train);
            grown = counts[^1] - counts[1];
            return WeightValues.Of(model);
        }
    }

    /// <summary>The address of a tensor's implementation is read without TorchSharp. This test detects a change of its layout.</summary>
    [Fact]
    public void Attached_gradients_are_not_replaced()
    {
        using TinyNet model = TinyNet.Seeded();
        using var flat = new FlatParameters(model);
        TensorMemory.Span<float>(flat.Gradients).Fill(3);

        // The first call resolves the functions.
        flat.AttachGradients();
        long before = Tensors.SettledCount();
        long allocated = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 100; i++)
        {
            flat.AttachGradients();
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - allocated);
        Tensors.AssertNoneLeaked(before);
        Assert.All(TensorMemory.Span<float>(flat.Gradients).ToArray(), g => Assert.Equal(3, g));
    }

    private static Objective Loss(Action<nn.Module, Tensor> before) => Objectives.From((model, batch) =>
    {
        Tensor output = Objectives.Forward(model, batch);
        Tensor loss = nn.functional.cross_entropy(output, batch.Target);
        if (is_grad_enabled())
        {
            before(model, loss);
        }

        return new ObjectiveResult(loss, output);
    });

    private static void Replace(nn.Module model, string way)
    {
        switch (way)
        {
            case "zero_grad":
                model.zero_grad();
                break;
            case "null":
                foreach (TorchSharp.Modules.Parameter parameter in model.parameters())
                {
                    parameter.grad = null;
                }

                break;
            case "one null":
                model.parameters().Last().grad = null;
                break;
            case "create_graph":
                // A zero gradient with a graph, in a new tensor.
                using (DisposeScope scope = NewDisposeScope())
                {
                    model.parameters().Select(p => p.mul(p).sum().mul(0)).Aggregate((a, b) => a.add(b)).backward(null, create_graph: true);
                }

                break;
            default:
                foreach (TorchSharp.Modules.Parameter parameter in model.parameters())
                {
                    parameter.grad = zeros_like(parameter);
                }

                break;
        }
    }

    private static float[] Train(bool ownLayers, Objective objective, Action<nn.Module> betweenSteps, double lr = 0.5, int accumulate = 1)
    {
        TorchRandom.SeedInitialization(5);
        using nn.Module<Tensor, Tensor> model = ownLayers ? new OwnLayersNet() : new TinyNet();
        using DataLoader train = DataLoader.ForTraining(TinyData.Clusters(23), new LoaderOptions { BatchSize = 7, Workers = 0 });
        float[] before = WeightValues.Of(model);
        new Trainer(new TrainOptions { Epochs = 3, Accumulate = accumulate }, [new EventLog(e =>
        {
            if (e is TrainEvent.StepTaken)
            {
                betweenSteps(model);
            }
        })]).Fit(model, objective, Optimizers.Sgd(lr), train);
        float[] after = WeightValues.Of(model);
        Assert.NotEqual(before, after);
        return after;
    }

    private sealed class OwnLayersNet : nn.Module<Tensor, Tensor>
    {
        private readonly Regimen.Layers.Linear fc1 = new(4, 9);
        private readonly Regimen.Layers.Linear fc2 = new(9, 3);

        public OwnLayersNet()
            : base(nameof(OwnLayersNet)) => RegisterComponents();

        public override Tensor forward(Tensor input) => Regimen.Layers.LinearChain.Run(input, fc1, fc2);
    }

    private sealed record PlainOptions : OptimizerOptions
    {
        public bool InOnePass { get; init; }

        protected internal override void Update(OptimizerStep step) => step.Values.add_(step.Gradients, step.Scalar(-step.Lr));

        internal override bool TryUpdateInOnePass(ParameterGroup group, double lr, long number)
        {
            if (!InOnePass)
            {
                return false;
            }

            using Scalar factor = -lr;
            using IDisposable noGrad = no_grad();
            using DisposeScope scope = NewDisposeScope();
            group.Values.add_(group.Gradients, factor);
            group.Gradients.zero_();
            return true;
        }
    }
}
