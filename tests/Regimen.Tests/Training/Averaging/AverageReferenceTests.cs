using Regimen.Data;
using Regimen.Engine;
using Regimen.Loading;
using Regimen.Optimization;
using Regimen.Safetensors;
using Regimen.Tests.TestKit;
using Regimen.Training;
using TorchSharp.Modules;
using static TorchSharp.torch;
using DataLoader = Regimen.Loading.DataLoader;

namespace Regimen.Tests.Training;

/// <summary>Averaged weights equal those of PyTorch's AveragedModel, given the same weights after each step, and statistics of batch norms those of
/// update_bn, given the same batches.</summary>
public sealed class AverageReferenceTests : IDisposable
{
    private const string Model =
        """
        from torch.optim.swa_utils import AveragedModel, update_bn
        net = torch.nn.Sequential(torch.nn.Linear(4, 7), torch.nn.BatchNorm1d(7), torch.nn.ReLU(), torch.nn.Linear(7, 3))
        steps = sorted({int(name.split("/")[0]) for name in weights if name[0].isdigit()})
        def load(step):
            net.load_state_dict({name.split("/")[1]: t for name, t in weights.items() if name.startswith(f"{step}/")})
        load(steps[0])

        """;

    private readonly TemporaryFolder _folder = new();

    [Theory]
    [InlineData(false, 1, 1)]
    [InlineData(true, 1, 1)]
    [InlineData(true, 3, 2)]
    public void An_exponential_average_equals_that_of_pytorch(bool warmup, long every, int start)
    {
        PyTorch.SkipWhereMissing();
        var average = new Ema { Decay = 0.9, Warmup = warmup, Every = every, StartEpoch = start };
        string share = warmup ? "min(0.9, (1.0 + n.item()) / (10.0 + n.item()))" : "0.9";
        AssertEqual(average, step => step > (start - 1) * 4 && step % every == 0,
            $$"""
            averaged = AveragedModel(net, avg_fn=lambda a, p, n: a * ({{share}}) + p * (1 - {{share}}), use_buffers=True)
            for step in steps:
                load(step)
                averaged.update_parameters(net)

            """);
    }

    [Theory]
    [InlineData(null, null)]
    [InlineData(2L, 3)]
    public void A_stochastic_weight_average_equals_that_of_pytorch_with_its_statistics(long? every, int? batches)
    {
        PyTorch.SkipWhereMissing();
        AssertEqual(new Swa { Every = every, BatchNormBatches = batches }, step => step % (every ?? 4) == 0,
            $$"""
            averaged = AveragedModel(net)
            for step in steps:
                load(step)
                averaged.update_parameters(net)
            update_bn([weights[f"batch{i}"] for i in range({{batches ?? 4}})], averaged)

            """);
    }

    public void Dispose() => _folder.Dispose();

    private void AssertEqual(WeightAverage average, Func<long, bool> isAveraged, string script)
    {
        // Four steps per epoch: 16 + 16 + 16 + 5 samples.
        ArrayDataset data = TinyData.Clusters(53);
        using DataLoader loader = DataLoader.ForTraining(data, new LoaderOptions { BatchSize = 16, Workers = 0 });
        using var model = new NormNet();
        var kept = new Dictionary<string, Tensor>();
        var observer = new EventLog(e =>
        {
            if (e is TrainEvent.StepTaken { State: { At.Step: var step } state } && isAveraged(step))
            {
                foreach ((string name, Tensor value) in state.Model.state_dict())
                {
                    kept[$"{step}/{name["layers.".Length..]}"] = value.detach().clone();
                }
            }
        });
        new Trainer(new TrainOptions { Epochs = 3, Seed = 5, Average = average }, [observer]).Fit(model, Objectives.CrossEntropy, Optimizers.Sgd(0.2), loader, validation: null);
        int number = 0;
        foreach (Batch batch in loader.Epoch(5, 3))
        {
            kept[$"batch{number++}"] = batch.Input.clone();
        }

        string path = _folder["steps.safetensors"];
        SafetensorsWriter.Write(path, kept, new Dictionary<string, string>());
        double[] expected = PyTorch.Numbers(PyTorch.Run(PyTorch.ReadSafetensors + Model + script +
            """
            for name, value in sorted(averaged.module.state_dict().items()):
                if "tracked" not in name:
                    print(*value.flatten().tolist())
            """, path));
        double[] received = [.. model.state_dict().Where(p => !p.Key.Contains("tracked", StringComparison.Ordinal)).OrderBy(p => p.Key, StringComparer.Ordinal).SelectMany(p => TensorMemory.Span<float>(p.Value.detach()).ToArray().Select(v => (double)v))];
        Assert.Equal(expected.Length, received.Length);
        Assert.All(expected.Zip(received), pair => Assert.Equal(pair.First, pair.Second, Math.Abs(pair.First * 3e-6) + 3e-7));
        foreach (Tensor tensor in kept.Values)
        {
            tensor.Dispose();
        }
    }

    private sealed class NormNet : nn.Module<Tensor, Tensor>
    {
        private readonly Sequential layers;

        public NormNet()
            : base(nameof(NormNet))
        {
            TorchRandom.SeedInitialization(3);
            layers = nn.Sequential(nn.Linear(4, 7), nn.BatchNorm1d(7), nn.ReLU(), nn.Linear(7, 3));
            RegisterComponents();
        }

        public override Tensor forward(Tensor input) => layers.call(input);
    }
}
