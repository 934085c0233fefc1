#:project lib/Workshop.csproj
using System.Text.Json;
using Regimen.App;
using Regimen.Data;
using Regimen.Metrics;
using Regimen.Models;
using Regimen.Optimization;
using Regimen.Reproducibility;
using Regimen.Safetensors;
using TorchSharp;
using Workshop;
using Workshop.Built;
using static TorchSharp.torch;

using Page page = Page.Start(args);

/*
# Early stopping

A model that is trained for too long learns its training samples by heart: their loss goes on falling, but that of other samples begins to
rise. That is **over-fitting**. So a part of the training data is held out, the **validation set**. It is measured after each epoch; when it no
longer gets better, training stops, and the best weights are kept, not the last.

## Think first
Why is the test set not used to decide when to stop?

## New since step 10
- A third set, for validation: cut from the training data.
- The weights of the best epoch are copied, and put back at the end.
- The patience: how many epochs without a better one are allowed.

## See it first
The perceptron of step 03 on 1,000 pictures, and 1,000 others for validation. After each epoch both losses are measured.
*/
set_num_threads(1);
var digits = new MnistDataset("data/mnist", isTraining: true);
var few = new Batches(digits.Images[..1000], digits.Labels[..1000], size: 50, seed: 42);
var others = new Batches(digits.Images[1000..2000], digits.Labels[1000..2000], size: 1000, seed: 0, shuffle: false);
random.manual_seed(42);
using var model = new Perceptron();
using optim.Optimizer optimizer = optim.SGD(model.parameters(), learningRate: 0.1, momentum: 0.9);
var training = new List<double>();
var validation = new List<double>();
var history = new History(patience: page.IsBroken ? int.MaxValue : 5);
Dictionary<string, Tensor> best = [];
for (int epoch = 1; epoch <= 40 && !history.IsOver; epoch++)
{
    double total = 0;
    foreach ((Tensor input, Tensor target) in few.Epoch(epoch))
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor loss = nn.functional.cross_entropy(model.call(input), target);
        optimizer.zero_grad();
        loss.backward();
        optimizer.step();
        total += loss.item<float>() * target.size(0);
    }

    training.Add(total / 1000);
    validation.Add(LossOf(model, others));
    if (history.Add(validation[^1]))
    {
        best = model.state_dict().ToDictionary(p => p.Key, p => p.Value.detach().clone());
    }
}

if (!page.IsBroken)
{
    model.load_state_dict(best);
}

Console.WriteLine($"{training.Count} epochs; the best was epoch {history.BestEpoch}");
Console.WriteLine($"last epoch: training loss {training[^1]:0.0000}, validation loss {validation[^1]:0.000}");
Console.WriteLine($"kept weights: validation loss {LossOf(model, others):0.000}");
page.Chart("Over-fitting", "epoch", "loss", ("training", training), ("validation", validation));
//> 8 epochs; the best was epoch 3
//> last epoch: training loss 0.0033, validation loss 0.694
//> kept weights: validation loss 0.619
//! 40 epochs; the best was epoch 3
//! last epoch: training loss 0.0001, validation loss 0.708
//! kept weights: validation loss 0.708

/*
## The last loop
Here is the loop with everything that the steps added, and still written by hand: a split, an order and initial weights that are functions
of one seed; a validation after each epoch; the best weights kept. It uses no trainer, no loader and no optimizer: only tensors, and
`RandomStream`, which is Regimen's source of random numbers.
*/
const ulong Seed = 42;
const int Epochs = 3;
const double Rate = 0.1;

// The split: a random fifth of the 60,000 pictures is for validation. Both parts keep the order of the file.
int[] all = [.. Enumerable.Range(0, digits.Count)];
RandomStream.For(Seed, RandomPurpose.Split).Shuffle(all);
int[] held = [.. all[..12_000].Order()];
int[] kept = [.. all[12_000..].Order()];

// The initial weights.
random.manual_seed((long)RandomStream.Seed(Seed, RandomPurpose.Initialization));
using var written = new PlainPerceptron();
double lowest = double.PositiveInfinity;
Dictionary<string, Tensor> bestWritten = [];
for (int epoch = 1; epoch <= Epochs; epoch++)
{
    // The order of this epoch.
    int[] order = [.. Enumerable.Range(0, kept.Length)];
    RandomStream.For(Seed, RandomPurpose.Order, epoch).Shuffle(order);
    foreach (int[] rows in order.Select(i => kept[i]).Chunk(64))
    {
        using DisposeScope scope = NewDisposeScope();
        (Tensor input, Tensor target) = Rows(rows);
        Tensor loss = nn.functional.cross_entropy(written.call(input), target);
        Tensor[] parameters = [.. written.parameters()];
        Tensor[] gradients = [.. autograd.grad([loss], parameters)];
        using (no_grad())
        {
            foreach ((Tensor parameter, Tensor gradient) in parameters.Zip(gradients))
            {
                parameter.sub_(gradient * Rate);
            }
        }
    }

    // The validation: the sum of the losses in batches of 1,000, over the number of samples.
    double sum = 0;
    foreach (int[] rows in held.Chunk(1000))
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable noGradients = no_grad();
        (Tensor input, Tensor target) = Rows(rows);
        sum += nn.functional.cross_entropy(written.call(input), target).item<float>() * (double)rows.Length;
    }

    Console.WriteLine($"epoch {epoch}: validation loss {sum / held.Length:0.0000}");
    if (sum / held.Length < lowest)
    {
        lowest = sum / held.Length;
        bestWritten = written.state_dict().ToDictionary(p => p.Key, p => p.Value.detach().clone());
    }
}
//> epoch 1: validation loss 0.1516
//> epoch 2: validation loss 0.1182
//> epoch 3: validation loss 0.0899

/*
## The same with Regimen
`regimen train` trains the same model with the same loss. Nothing of the loop above is needed: split, order, batches, validation, best weights and
the record of the run are Regimen's. Then the weights of both are compared, number by number, bit by bit.
*/
string runs = Path.Combine(Path.GetTempPath(), $"workshop-{Environment.ProcessId}");
int exitCode = await RegimenApp.RunAsync(
[
    "train", "model=plain_perceptron", "objective=plain_cross_entropy", "optimizer=sgd", $"optimizer.lr={Rate}", "data.stratify=false",
    $"trainer.epochs={Epochs}", "loader.batch_size=64", $"seed={(page.IsBroken ? 43 : Seed)}", "threads=1", $"runs={runs}", "--quiet",
]);
string run = Directory.GetDirectories(runs).Single();
using var trained = new PlainPerceptron();
Weights.Load(trained, Path.Combine(run, "checkpoints", BestOf(run), "model.safetensors"));
long equal = 0;
long numbers = 0;
foreach ((string name, Tensor theirs) in trained.state_dict())
{
    equal += bestWritten[name].data<float>().Zip(theirs.data<float>()).Count(pair => BitConverter.SingleToInt32Bits(pair.First) == BitConverter.SingleToInt32Bits(pair.Second));
    numbers += theirs.numel();
}

Directory.Delete(runs, recursive: true);
Console.WriteLine($"exit code {exitCode}; {equal:N0} of {numbers:N0} weights have the same bits");
//> exit code 0; 101,770 of 101,770 weights have the same bits
//! exit code 0; 0 of 101,770 weights have the same bits

/*
## Break it
    dotnet run workshop/11-early-stopping.cs -- --break

With `--break` the first training does not stop and keeps its last weights. The training loss goes to 0, and the validation loss ends higher than
it was after three epochs: all the time since then was worse than useless. The chart shows it. And Regimen's run gets another seed than the loop:
not one weight is the same. One number is all that is between "the same run" and "another run".

## Answer
Whatever decides something is a part of the training. A test set that decides when to stop is fitted too, a little each time, and its result is
then too good. It is measured once, after everything is decided.

## In Regimen
[`EarlyStopping`](../src/Regimen/Training/EarlyStopping/EarlyStopping.cs) decides from the history alone, so a resumed run stops where an uninterrupted one does:
`regimen train early_stopping.patience=5 early_stopping.monitor=val.loss`. [`Trainer`](../src/Regimen/Training/Trainer.cs) is the last loop of this step, and
[docs/exactness.md](../docs/exactness.md) says what its bits depend on.
*/
// The index of a run's checkpoints names the best one.
static string BestOf(string run)
{
    using JsonDocument index = JsonDocument.Parse(File.ReadAllText(Path.Combine(run, "checkpoints", "index.json")));
    return index.RootElement.GetProperty("best").GetString()!;
}

(Tensor Input, Tensor Target) Rows(int[] rows)
{
    // Regimen's way to scale: value · (1/σ/255) − μ/σ, each number rounded to float32 once.
    Tensor index = tensor(rows, dtype: ScalarType.Int64);
    float factor = (float)(1 / 0.3081) / 255f;
    float offset = (float)(-0.1307 / 0.3081);
    return (digits.Images[index].unsqueeze(1).to(ScalarType.Float32).mul_(factor).add_(offset), digits.Labels[index]);
}

static double LossOf(nn.Module<Tensor, Tensor> model, Batches batches)
{
    using IDisposable noGradients = no_grad();
    using DisposeScope scope = NewDisposeScope();
    (Tensor input, Tensor target) = batches.Epoch(1).Single();
    return nn.functional.cross_entropy(model.call(input), target).item<float>();
}

/// <summary>Decides when to stop.</summary>
internal sealed class History(int patience)
{
    private double _best = double.PositiveInfinity;
    private int _epoch;

    /// <summary>The epoch with the lowest loss.</summary>
    public int BestEpoch { get; private set; }

    /// <summary>Whether the last <c>patience</c> epochs were no better.</summary>
    public bool IsOver => _epoch - BestEpoch >= patience;

    /// <summary>Takes the loss of the next epoch. Returns whether it is the best.</summary>
    public bool Add(double loss)
    {
        _epoch++;
        if (loss >= _best)
        {
            return false;
        }

        (_best, BestEpoch) = (loss, _epoch);
        return true;
    }
}

/// <summary>The perceptron of step 03, for Regimen: the attribute gives it a name.</summary>
[Model("plain_perceptron")]
public sealed class PlainPerceptron : nn.Module<Tensor, Tensor>
{
    private readonly TorchSharp.Modules.Linear fc1 = nn.Linear(784, 128);
    private readonly TorchSharp.Modules.Linear fc2 = nn.Linear(128, 10);

    public PlainPerceptron()
        : base(nameof(PlainPerceptron)) => RegisterComponents();

    public override Tensor forward(Tensor input) => fc2.call(nn.functional.relu(fc1.call(input.flatten(1))));
}

/// <summary>libtorch's own cross-entropy. Regimen's <c>cross_entropy</c> computes loss and gradient in one pass, which is faster and rounds
/// differently.</summary>
[Objective("plain_cross_entropy")]
public sealed record PlainCrossEntropy : Objective
{
    public override PredictionTask Task => PredictionTask.Classification;

    public override ObjectiveResult Compute(nn.Module model, Batch batch)
    {
        Tensor scores = Objectives.Forward(model, batch);
        return new(nn.functional.cross_entropy(scores, batch.Target), scores);
    }
}
