// A custom training step: a generative adversarial network with a gradient penalty (WGAN-GP, Gulrajani et al., 2017). Two optimizers train two
// parts of one model, several updates in a step, and a loss contains the gradient of another. Record, resume and verification are the library's.
//     dotnet run -c Release --project samples/Gan              train, with a run folder below runs/
//     dotnet run -c Release --project samples/Gan -- resume    continue the latest run after an interruption or a crash
//     dotnet run -c Release --project samples/Gan -- verify    train again and compare with the latest run, bit for bit
using System.Globalization;
using Regimen.Engine;
using TorchSharp;
using static TorchSharp.torch;

const double Penalty = 0.1;
Threads.Use(1); // the layers are small: sharing their work costs more than it saves
(IDataset train, IDataset validation) = RandomSplit.HoldOut(Ring.Points(count: 4021, seed: 1), fraction: 0.2, seed: 42);
var options = new TrainOptions
{
    Epochs = 60,
    Seed = 42,
    Accumulate = 3, // batches in a step: the critic is updated with each, the generator once
    EarlyStopping = new EarlyStoppingOptions { Patience = 30 },
};
RunVerifier? verifier = args is ["verify"] ? new RunVerifier("runs/latest") : null;
using RunRecorder? recorder = verifier is not null ? null : args is ["resume"] ? RunRecorder.Resume("runs/latest") : new RunRecorder("runs", "gan");
var trainer = new ManualTrainer(options, [verifier is not null ? verifier : recorder!, new ProgressLines()]);
using Gan gan = trainer.CreateModel(() => new Gan());
using DataLoader batches = DataLoader.ForTraining(train, new LoaderOptions { BatchSize = 64 });
using DataLoader held = DataLoader.ForEvaluation(validation);
var optimizers = new Dictionary<string, OptimizerOptions>
{
    ["critic"] = Optimizers.Adam(lr: 1e-3) with { Betas = [0, 0.9] },
    ["generator"] = Optimizers.Adam(lr: 1e-3) with { Betas = [0, 0.9] },
};

TrainResult result = trainer.Fit(gan, optimizers, Step, batches, Ring.Distance, held, recorder?.From, values: ["penalty"]);

Console.WriteLine($"{result.Status} after epoch {result.At.Epoch}: {result.Reason}. The best weights are those of epoch {result.Best!.At.Epoch}.");
(int centres, double near) = Ring.Covered(gan, count: 2000);
Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{centres} of {Ring.Centres} centres reached, {near:0.0%} of the points near one"));
if (verifier is { IsIdentical: false })
{
    Console.WriteLine(string.Join('\n', verifier.Differences));
    return 1;
}

Console.WriteLine(verifier is null ? $"recorded in {Path.GetRelativePath(Environment.CurrentDirectory, recorder!.Folder!)}" : $"identical: {verifier.EqualSteps} losses and the weights");
return centres == Ring.Centres ? 0 : 1;

// One step: an update of the critic for each batch, then one of the generator.
Tensor Step(ManualStep step)
{
    Tensor distance = zeros(1), penalty = zeros(1);
    foreach (Batch batch in step.Batches)
    {
        Tensor real = batch.Input;
        Tensor made = gan.Make(batch.Count).detach();
        distance = gan.Critic.call(real).mean() - gan.Critic.call(made).mean();
        penalty = PenaltyOf(real, made);
        (penalty - distance).backward();
        step["critic"].Update();
    }

    (-gan.Critic.call(gan.Make(batches.BatchSize)).mean()).backward();
    step["generator"].Update();
    step["critic"].ClearGradients(); // the generator's loss reaches the critic too
    step.Report("penalty", penalty);
    return distance;
}

// The critic's slope between a real and a made point should be 1: the square of the difference is part of its loss.
Tensor PenaltyOf(Tensor real, Tensor made)
{
    Tensor between = lerp(real, made, rand(real.shape[0], 1)).requires_grad_();
    Tensor score = gan.Critic.call(between).sum();
    Tensor slope = autograd.grad([score], [between], retain_graph: true, create_graph: true)[0];
    using Scalar one = 1.0, weight = Penalty;
    return (slope.norm(1) - one).square().mean() * weight;
}

/// <summary>Prints every tenth epoch.</summary>
internal sealed class ProgressLines : ITrainObserver
{
    public void Observe(TrainEvent trainEvent)
    {
        if (trainEvent is TrainEvent.EpochEnded { Train.At.Epoch: var epoch } ended && epoch % 10 == 0)
        {
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"epoch {epoch,3}: estimated distance {ended.Train.Loss:0.0000}, energy distance {ended.Validation!.Loss:0.0000}"));
        }
    }
}
