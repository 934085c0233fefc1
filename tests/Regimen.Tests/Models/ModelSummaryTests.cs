using System.Collections;
using System.Reflection;
using Regimen.Data;
using Regimen.Engine;
using Regimen.Inspection;
using Regimen.Models;
using Regimen.Tests.TestKit;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Regimen.Tests.Models;

public sealed class ModelSummaryTests
{
    [Fact]
    public void The_default_model_has_101770_parameters()
    {
        using var model = new Mlp(new MlpOptions(), new SampleShape(1, 28, 28), 10);
        string[] expected =
        [
            "Mlp, for a batch of one sample [1, 28, 28]",
            "layer  kind    output    parameters  multiply-adds",
            "fc1    Linear  [1, 128]     100,480        100,352",
            "fc2    Linear  [1, 10]        1,290          1,280",
            "total                       101,770        101,632",
            "101,770 of 101,770 parameters are trained; parameters take 0.407 MB, the outputs for one sample 0.001 MB",
        ];
        Assert.Equal(string.Join('\n', expected) + "\n", ModelSummary.Of(model, new SampleShape(1, 28, 28)).ToString());
    }

    [Fact]
    public void The_cnn_has_1199882_parameters()
    {
        using var model = new Cnn(new CnnOptions(), new SampleShape(1, 28, 28), 10);
        ModelSummary summary = ModelSummary.Of(model, new SampleShape(1, 28, 28));
        Assert.Equal((1_199_882, 1_199_882), (summary.Parameters, summary.TrainableParameters));
        Assert.Equal(
            [
                ("conv1", "[1,32,26,26]", 26 * 26 * 32 * 9),
                ("conv2", "[1,64,24,24]", 24 * 24 * 64 * 32 * 9),
                ("dropout1", "[1,9216]", 0),
                ("dropout2", "[1,128]", 0),
                ("fc1", "[1,128]", 9216 * 128),
                ("fc2", "[1,10]", 1280),
            ],
            summary.Layers.Select(l => (l.Name, $"[{string.Join(',', l.OutputShape!)}]", l.MultiplyAdds!.Value)).Order());
        Assert.Equal(4 * ((26 * 26 * 32) + (24 * 24 * 64) + (12 * 12 * 64) + 128 + 128 + 10), summary.ActivationBytes);
        Assert.Equal(4 * 1_199_882, summary.ParameterBytes);
        Assert.True(summary.IsWhole);
    }

    [Fact]
    public void Multiply_adds_are_counted_as_documented()
    {
        using var model = nn.Sequential(
            ("transposed", nn.ConvTranspose2d(4, 6, 3, stride: 2, groups: 2)),
            ("grouped", nn.Conv2d(6, 8, 3, groups: 2)),
            ("norm", nn.BatchNorm2d(8)),
            ("pool", nn.AvgPool2d(3)),
            ("group_norm", nn.GroupNorm(2, 8)),
            ("flat", nn.Flatten()),
            ("layer_norm", nn.LayerNorm(8)),
            ("relu", nn.ReLU()));
        ModelSummary summary = ModelSummary.Of(model, new SampleShape(4, 2, 2));
        Assert.Equal(
            [4 * 2 * 2 * 3 * 9, 3 * 3 * 8 * 3 * 9, 3 * 3 * 8, 0, 8, 0, 8, 0],
            summary.Layers.Select(l => l.MultiplyAdds!.Value));
        Assert.Equal([(4 * 3 * 9) + 6, (8 * 3 * 9) + 8, 16, 0, 16, 0, 16, 0], summary.Layers.Select(l => l.Parameters));
    }

    [Fact]
    public void A_layer_used_twice_is_listed_once_and_its_multiply_adds_count_twice()
    {
        Linear shared = nn.Linear(4, 4);
        using var model = nn.Sequential(("first", shared), ("second", shared));
        ModelSummary summary = ModelSummary.Of(model, new SampleShape(4));
        LayerSummary layer = Assert.Single(summary.Layers);
        Assert.Equal(("first", 20, 32), (layer.Name, layer.Parameters, layer.MultiplyAdds));
        Assert.Equal(20, summary.Parameters);
    }

    [Fact]
    public void Frozen_parameters_are_not_counted_as_trainable()
    {
        using TinyNet model = TinyNet.Seeded();
        model.get_parameter("fc1.bias")!.requires_grad = false;
        ModelSummary summary = ModelSummary.Of(model, new SampleShape(4));
        Assert.Equal(summary.Parameters - 8, summary.TrainableParameters);
        Assert.Contains("59 of 67 parameters are trained", summary.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Layers_not_run_through_call_are_shown_as_unknown()
    {
        using var model = new Direct();
        ModelSummary summary = ModelSummary.Of(model, new SampleShape(4));
        Assert.False(summary.IsWhole);
        Assert.Null(summary.Failure);
        Assert.Equal(["(model) Direct [1, 2] 2 0", "hidden Linear ? 10 ?", "total 12 ≥ 0"], Rows(summary));
    }

    [Fact]
    public void A_failing_dry_run_is_reported_without_an_exception()
    {
        using TinyNet model = TinyNet.Seeded();
        ModelSummary summary = ModelSummary.Of(model, new SampleShape(5));
        Assert.Equal(67, summary.Parameters);
        Assert.All(summary.Layers, layer => Assert.Null(layer.OutputShape));
        Assert.Contains("mat1 and mat2 shapes cannot be multiplied", summary.Failure, StringComparison.Ordinal);
        Assert.EndsWith($"The model failed on such a sample: {summary.Failure}\n", summary.ToString(), StringComparison.Ordinal);
        Assert.True(model.training);
    }

    [Fact]
    public void A_summary_does_not_change_the_model_and_disposes_all_tensors()
    {
        using var model = new Restless();
        model.train();
        model.modules().First().eval();
        float[] weights = WeightValues.Of(model);
        bool[] modes = [.. model.modules().Select(m => m.training)];
        ModelSummary.Of(model, new SampleShape(4));
        using Tensor before = get_rng_state();
        long tensors = Tensors.SettledCount();
        ModelSummary summary = ModelSummary.Of(model, new SampleShape(4));
        Tensors.AssertNoneLeaked(tensors);
        using Tensor after = get_rng_state();

        Assert.Equal(TensorMemory.Span<byte>(before).ToArray(), TensorMemory.Span<byte>(after).ToArray());
        Assert.Equal(weights, WeightValues.Of(model));
        Assert.True(model.training);
        Assert.Equal(modes, model.modules().Select(m => m.training));
        Assert.Equal(16, summary.Layers.Single(l => l.Kind == "Linear").MultiplyAdds);
        Assert.Equal(16 + 4, ModelSummary.Of(model, new SampleShape(4)).MultiplyAdds);
    }

    /// <summary>A remaining hook would slow down every later step. TorchSharp does not expose its hooks, so the test reads a private field.</summary>
    [Fact]
    public void All_hooks_are_removed_from_the_model()
    {
        using TinyNet model = TinyNet.Seeded();
        ModelSummary.Of(model, new SampleShape(4));
        Assert.All(model.modules().Prepend(model), module =>
        {
            Type hookable = module.GetType();
            while (hookable.Name != "HookableModule`2")
            {
                hookable = hookable.BaseType!;
            }

            FieldInfo hooks = hookable.GetField("post_hooks", BindingFlags.NonPublic | BindingFlags.Instance)!;
            Assert.Empty((IEnumerable)hooks.GetValue(module)!);
        });
    }

    private static IEnumerable<string> Rows(ModelSummary summary) => summary.ToString().Split('\n')[2..^2]
        .Select(line => string.Join(' ', line.Split(' ', StringSplitOptions.RemoveEmptyEntries)));

    /// <summary>A model with a parameter of its own that runs its layer through <c>forward</c>, which does not call hooks.</summary>
    private sealed class Direct : nn.Module<Tensor, Tensor>
    {
        private readonly Linear hidden = nn.Linear(4, 2);
        private readonly Parameter scale = nn.Parameter(ones(2));

        public Direct()
            : base(nameof(Direct)) => RegisterComponents();

        public override Tensor forward(Tensor input) => hidden.forward(input).mul(scale);
    }

    /// <summary>A model that draws random numbers even in evaluation mode, and has a batch norm, whose buffers training mode would change.</summary>
    private sealed class Restless : nn.Module<Tensor, Tensor>
    {
        private readonly Linear hidden = nn.Linear(4, 4);
        private readonly BatchNorm1d norm = nn.BatchNorm1d(4);

        public Restless()
            : base(nameof(Restless)) => RegisterComponents();

        public override Tensor forward(Tensor input) => norm.call(hidden.call(input) + rand(1, 4));
    }
}
