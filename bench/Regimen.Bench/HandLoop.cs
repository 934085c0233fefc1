using System.Diagnostics;
using Regimen.Data;
using Regimen.Engine;
using TorchSharp;
using static TorchSharp.torch;

namespace Regimen.Bench;

/// <summary>The loop that a user of TorchSharp writes by hand: the set as one tensor, index_select, Sequential, torch.optim, item.</summary>
internal sealed class HandLoop : IDisposable
{
    private const int BatchSize = 64;
    private readonly Tensor _inputs;
    private readonly Tensor _targets;
    private readonly nn.Module<Tensor, Tensor> _model;
    private readonly optim.Optimizer _optimizer;

    public HandLoop(IDataset data, IReadOnlyList<ITransform> transforms, Func<nn.Module<Tensor, Tensor>> model, Func<IEnumerable<TorchSharp.Modules.Parameter>, optim.Optimizer> optimizer)
    {
        using DataLoader loader = DataLoader.ForEvaluation(data, new LoaderOptions { EvalBatchSize = data.Count }, transforms);
        Batch all = loader.Epoch(0, 0).First();
        _inputs = all.Input.clone();
        _targets = all.Target.clone();
        TorchRandom.SeedInitialization(42);
        _model = model();
        _optimizer = optimizer(_model.parameters());
    }

    /// <summary>One epoch; microseconds a step.</summary>
    public double Epoch()
    {
        long start = Stopwatch.GetTimestamp();
        _model.train();
        int steps = 0;
        double total = 0;
        using Tensor order = randperm(_inputs.shape[0]);
        for (long first = 0; first < _inputs.shape[0]; first += BatchSize)
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor rows = order.narrow(0, first, Math.Min(BatchSize, _inputs.shape[0] - first));
            Tensor input = _inputs.index_select(0, rows);
            Tensor target = _targets.index_select(0, rows);
            _optimizer.zero_grad();
            Tensor loss = nn.functional.cross_entropy(_model.call(input), target);
            loss.backward();
            _optimizer.step();
            total += loss.item<float>();
            steps++;
        }

        return double.IsFinite(total) ? Stopwatch.GetElapsedTime(start).TotalMicroseconds / steps : double.NaN;
    }

    public void Dispose()
    {
        _inputs.Dispose();
        _targets.Dispose();
        _optimizer.Dispose();
        _model.Dispose();
    }
}
