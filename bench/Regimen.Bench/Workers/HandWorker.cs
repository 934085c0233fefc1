using System.Diagnostics;
using TorchSharp;
using static TorchSharp.torch;

namespace Regimen.Bench.Workers;

/// <summary>The loop that a user of TorchSharp writes by hand: the data set as one tensor and index_select, or TorchSharp's DataLoader;
/// torch.optim, a dispose scope per step, item for the loss. It uses Regimen only to read the files.</summary>
internal static class HandWorker
{
    public static int Run(WorkOptions options)
    {
        bool isGpt = options.Net == "gpt";
        (Tensor inputs, Tensor targets, int vocabulary) = isGpt ? BenchData.TextAsTensors() : BenchData.AsTensors() is var (images, classes) ? (images, classes, 0) : default;
        int threads = BenchData.UseThreads(options);
        using nn.Module<Tensor, Tensor> model = isGpt ? new GptNet(vocabulary, inputs.size(1)) : Nets.Of(options);
        using optim.Optimizer optimizer = options.Optimizer switch
        {
            "adamw" => optim.AdamW(model.parameters(), 1e-3, weight_decay: 0.01),
            _ => optim.SGD(model.parameters(), 1e-3),
        };
        bool stock = options.Text("data", "tensor") == "loader";
        using var dataset = utils.data.TensorDataset(inputs, targets);
        using var loader = utils.data.DataLoader(dataset, options.Batch, shuffle: true, device: CPU);
        return Worker.Answer(Worker.ThreadNote(threads), () =>
        {
            long start = Stopwatch.GetTimestamp();
            int steps = 0;
            for (int epoch = 0; epoch < options.Epochs; epoch++)
            {
                model.train();
                steps += stock ? EpochOfLoader() : EpochOfTensor();
            }

            return Stopwatch.GetElapsedTime(start).TotalMicroseconds / steps;
        });

        int EpochOfTensor()
        {
            long count = inputs.shape[0];
            double total = 0;
            int steps = 0;
            using Tensor order = randperm(count);
            for (long first = 0; first < count && steps < options.Steps; first += options.Batch)
            {
                using DisposeScope scope = NewDisposeScope();
                Tensor rows = order.narrow(0, first, Math.Min(options.Batch, count - first));
                total += Step(inputs.index_select(0, rows), targets.index_select(0, rows));
                steps++;
            }

            return Finite(total, steps);
        }

        int EpochOfLoader()
        {
            double total = 0;
            int steps = 0;
            foreach (IList<Tensor> batch in loader)
            {
                using DisposeScope scope = NewDisposeScope();
                using Tensor input = batch[0];
                using Tensor target = batch[1];
                total += Step(input, target);
                if (++steps == options.Steps)
                {
                    break;
                }
            }

            return Finite(total, steps);
        }

        float Step(Tensor input, Tensor target)
        {
            optimizer.zero_grad();
            Tensor output = model.call(input);
            Tensor loss = isGpt
                ? nn.functional.cross_entropy(output.view(-1, vocabulary), target.view(-1))
                : nn.functional.cross_entropy(output, target);
            loss.backward();
            optimizer.step();
            return loss.item<float>();
        }
    }

    private static int Finite(double total, int steps)
        => double.IsFinite(total) ? steps : throw new InvalidOperationException("The loss by hand is not finite: nothing to compare with.");
}
