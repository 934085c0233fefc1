using Regimen.Data;
using Regimen.Engine;
using Regimen.Loading;
using Regimen.Optimization;
using Regimen.Recording;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Regimen.Tests.Experiments;

public sealed class ModelStateCheckTests
{
    [Fact]
    public void A_complex_parameter_is_an_error_with_its_name()
    {
        using DisposeScope scope = NewDisposeScope();
        using var model = new Buffered(persistent: true, changes: true, complex: true);
        Problem problem = Assert.Single(ModelStateCheck.OfTypes(model));
        Assert.Equal(("Buffered, spectrum", "ComplexFloat32"), (problem.Where, problem.Received));
        Assert.Empty(ModelStateCheck.OfTypes(new Buffered(persistent: true, changes: true)));
    }

    [Theory]
    [InlineData(false, true, new[] { "Buffered, seen" })]
    [InlineData(false, false, new string[0])]
    [InlineData(true, true, new string[0])]
    public void A_buffer_changed_by_steps_must_be_saved(bool persistent, bool changes, string[] expected)
    {
        using DisposeScope scope = NewDisposeScope();
        using var model = new Buffered(persistent, changes);
        Assert.Equal(expected, Problems(model).Select(p => p.Where));
    }

    [Fact]
    public void The_check_restores_buffers_modes_and_generator()
    {
        using DisposeScope scope = NewDisposeScope();
        using var model = new Buffered(persistent: false, changes: true);
        model.norm.eval();
        TorchRandom.SeedInitialization(5);
        float expected = randn(1).item<float>();
        TorchRandom.SeedInitialization(5);
        Assert.Single(Problems(model));
        Assert.Equal(expected, randn(1).item<float>());
        Assert.Equal(0, model.get_buffer("seen")!.item<float>());
        Assert.Equal(0, model.norm.running_mean!.abs().sum().item<float>());
        Assert.True(model.training);
        Assert.False(model.norm.training);
    }

    private static Problem[] Problems(Buffered model)
    {
        var points = new float[7, 2];
        for (int i = 0; i < 7; i++)
        {
            (points[i, 0], points[i, 1]) = (i, -i);
        }

        using var loader = Regimen.Loading.DataLoader.ForTraining(ArrayDataset.ForClassification(points, [0, 1, 0, 1, 0, 1, 0]), new LoaderOptions { BatchSize = 3 });
        return [.. ModelStateCheck.OfUnsavedBuffers(model, Objectives.CrossEntropy, loader, seed: 3)];
    }

    private sealed class Buffered : nn.Module<Tensor, Tensor>
    {
        private readonly bool _changes;
        private readonly Linear layer = nn.Linear(2, 2);
        public readonly BatchNorm1d norm = nn.BatchNorm1d(2);
        private readonly Parameter? spectrum;

        public Buffered(bool persistent, bool changes, bool complex = false)
            : base(nameof(Buffered))
        {
            _changes = changes;
            register_buffer("seen", zeros(1), persistent);
            spectrum = complex ? new Parameter(zeros(3, dtype: complex64)) : null;
            RegisterComponents();
        }

        public override Tensor forward(Tensor input)
        {
            if (_changes)
            {
                using IDisposable noGrad = no_grad();
                get_buffer("seen")!.add_(1);
            }

            return norm.call(layer.call(input)) + (spectrum?.real.sum() ?? zeros(1));
        }
    }
}
