#:project lib/Workshop.csproj
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Nodes;
using Regimen.App;
using Regimen.App.Hosting;
using Regimen.Data;
using Regimen.Models;
using TorchSharp;
using TorchSharp.Modules;
using Workshop;
using Workshop.Built;
using static TorchSharp.torch;

// A trial of the sweep below: Regimen's command, with the model at the end of this file.
if (args is ["train" or "resume", ..])
{
    return await RegimenApp.RunAsync(args);
}

using Page page = Page.Start(args);

/*
# Sweep and compare

Which learning rate is best, and how many hidden units? This can't be computed in advance; it has to be tried. A **sweep** trains with many settings and compares the results. That is easy to
program, and easy to do wrong: results vary with the seed, so the best of many results is also one of the luckiest.

## Think first
You try twenty settings, once each. The best one reaches 92.3 % on the validation set. You train the same setting again with another seed and get 91.5 %. What
happened?

## New since step 11
- `Accuracy` trains with a setting and a seed, and measures on 2,000 **validation** samples. The test set is not touched: a setting that was chosen by the test
  set has seen it.
- Each setting is trained with several seeds. It has a mean and a spread.
- `regimen sweep`: each trial is a run in a process of its own, with the model of this file.

## How large is luck?
Eight trainings with the same setting. Only the seed differs: the initial weights and the order of the samples.
*/
set_num_threads(1);
MnistDataset data = new("data/mnist", isTraining: true);
double[] luck = [.. Enumerable.Range(1, 8).Select(seed => Accuracy(data, hidden: 64, learningRate: 0.05, seed))];
Console.WriteLine($"accuracies {string.Join(" ", luck.Select(a => $"{a:0.0}"))}");
Console.WriteLine($"mean {luck.Average():0.0}, spread {Spread(luck):0.0}, best {luck.Max():0.0}");
page.Chart("The same setting with eight seeds", "seed", "accuracy in %", ("accuracy", luck));
//> accuracies 86.9 86.3 88.4 87.3 88.5 87.9 87.3 88.0
//> mean 87.6, spread 0.8, best 88.5

/*
## Two settings
60 hidden units or 64? Both are trained with the same seeds. A difference counts if it is larger than about twice its standard error, √(s₁²/n + s₂²/n); a
smaller one may be luck.
*/
int[] seeds = page.IsBroken ? [7] : [1, 2, 3, 4, 5, 6, 7, 8];
double[] narrow = [.. seeds.Select(seed => Accuracy(data, hidden: 60, learningRate: 0.05, seed))];
double[] wide = [.. seeds.Select(seed => luck[seed - 1])];
double difference = wide.Average() - narrow.Average();
double error = Math.Sqrt(((Spread(narrow) * Spread(narrow)) + (Spread(wide) * Spread(wide))) / seeds.Length);
Console.WriteLine($"60 hidden units: {narrow.Average():0.0}, 64 hidden units: {wide.Average():0.0}, seeds: {seeds.Length}");
Console.WriteLine(Math.Abs(difference) > 2 * error ? $"{(difference > 0 ? 64 : 60)} hidden units are better" : "no difference that is more than luck");
//> 60 hidden units: 87.6, 64 hidden units: 87.6, seeds: 8
//> no difference that is more than luck
//! 60 hidden units: 88.2, 64 hidden units: 87.3, seeds: 1
//! 60 hidden units are better

/*
## A sweep
Two keys with two values each are a **grid** of four points. `--seeds 2` trains each point with two seeds: eight trials, two at a time, each in a process of its
own. A trial that fails does not end the sweep, and a sweep that was killed goes on where it was.

The trials are trained by Regimen. The model `two_layers` is the class at the end of this file: its options are keys of the config.
*/
const string Runs = "workshop/out/12";
if (Directory.Exists(Runs))
{
    Directory.Delete(Runs, recursive: true);
}

string[] command =
[
    "sweep", "model=two_layers", "model.hidden=8,64", "optimizer=sgd", "optimizer.lr=0.01,0.1", "--seeds", page.IsBroken ? "1" : "2", "--jobs", "2", "--cores", "1",
    "--metric", "val.accuracy", "data.limit=6400", "trainer.epochs=1", "early_stopping=none", "report=false", $"runs={Runs}", "--json",
];
using var output = new StringWriter();
var host = new AppHost { Out = output, Error = Console.Out, Console = AppHost.OfProcess().Console, IsTerminal = false, WorkingDirectory = Page.Root, Assemblies = [typeof(TwoLayers).Assembly] };
int exitCode = await RegimenApp.RunAsync(command, host);
JsonNode sweep = JsonNode.Parse(output.ToString())!;
Console.WriteLine($"{sweep["status"]}, exit code {exitCode}");
//> finished, exit code 0

/*
## What to look at
Each line is a point: its values, the accuracy on the validation set with each seed, and the mean. The best point has the best mean, not the best single
result. How much do the two seeds differ, compared with the difference between two points?
*/
static string Point(JsonNode trial) => string.Join(", ", trial["params"]!.AsObject().Select(p => $"{p.Key}={p.Value}"));
foreach (IGrouping<string, JsonNode?> point in sweep["trials"]!.AsArray().GroupBy(t => Point(t!)))
{
    double[] values = [.. point.Select(t => 100 * (double)t!["value"]!)];
    Console.WriteLine($"{point.Key,-36} {string.Join("  ", values.Select(v => $"{v:0.0}"))}   mean {values.Average():0.0}");
}

Console.WriteLine($"best: {Point(sweep["best"]!)}");
//> model.hidden=8, optimizer.lr=0.01    53.4  48.7   mean 51.1
//> model.hidden=8, optimizer.lr=0.1     83.3  86.0   mean 84.6
//> model.hidden=64, optimizer.lr=0.01   76.0  76.3   mean 76.1
//> model.hidden=64, optimizer.lr=0.1    86.4  90.2   mean 88.3
//> best: model.hidden=64, optimizer.lr=0.1
//! model.hidden=8, optimizer.lr=0.01    53.4   mean 53.4
//! model.hidden=8, optimizer.lr=0.1     83.3   mean 83.3
//! model.hidden=64, optimizer.lr=0.01   76.0   mean 76.0
//! model.hidden=64, optimizer.lr=0.1    86.4   mean 86.4
//! best: model.hidden=64, optimizer.lr=0.1

/*
The **importance** of a key compares the better points with all points. Here the better two of four have the same learning rate, and each of the two
widths: so the learning rate has everything. With four points this is a rough figure; with a hundred it tells which keys are worth searching.
*/
foreach ((string key, JsonNode? share) in sweep["importance"]!.AsObject())
{
    Console.WriteLine($"{key,-14} {100 * (double)share!:0} %");
}
//> optimizer.lr   100 %
//> model.hidden   0 %

/*
## Break it
    dotnet run workshop/12-sweep.cs -- --break

With `--break` each setting is trained with one seed. There is no spread now, so each difference looks like a result: the program says that one width is better, and
gives a number to prove it. With eight seeds the difference is gone. Many tables of results are made in this way.

## Answer
The best of twenty results is the best because of its setting and because of its luck. The second training has the same setting, but not the same luck. So
expect less than the result by which a setting was chosen; measure it again with new seeds, and at the very end once on the test set.

## In Regimen
[`SweepPlanner`](../src/Regimen.Sweeps/Sweeps/Planning/SweepPlanner.cs) checks the config of every trial before the first one starts.
[`SweepSchedule`](../src/Regimen.Sweeps/Sweeps/SweepSchedule.cs) decides what runs next, and the result does not depend on the number of jobs.
[`KeyImportances`](../src/Regimen.Analysis/Importance/KeyImportances.cs) computes the importance;
[`Search/`](../src/Regimen.Sweeps/Search) has other searches than the grid: random, Sobol, TPE. `regimen runs`, `regimen plot` and `regimen dashboard` compare
runs; [docs/sweeps.md](../docs/sweeps.md) describes everything about sweeps.
*/
return 0;

static double Accuracy(MnistDataset data, int hidden, double learningRate, int seed)
{
    random.manual_seed(seed);
    using var model = new Perceptron(hidden);
    using optim.Optimizer optimizer = optim.SGD(model.parameters(), learningRate);
    foreach ((Tensor input, Tensor target) in new Batches(data.Images[..6_400], data.Labels[..6_400], size: 64, seed).Epoch(1))
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor loss = nn.functional.cross_entropy(model.call(input), target);
        optimizer.zero_grad();
        loss.backward();
        optimizer.step();
    }

    using IDisposable noGradients = no_grad();
    (Tensor pictures, Tensor labels) = new Batches(data.Images[6_400..8_400], data.Labels[6_400..8_400], size: 2_000, seed: 0, shuffle: false).Epoch(1).Single();
    return (model.call(pictures).argmax(1) == labels).sum().item<long>() / 20.0;
}

/// <summary>The standard deviation of results.</summary>
static double Spread(IReadOnlyList<double> results)
    => results.Count < 2 ? 0 : Math.Sqrt(results.Sum(x => Math.Pow(x - results.Average(), 2)) / (results.Count - 1));

/// <summary>Two linear layers, as a model of the command: <c>model=two_layers</c>.</summary>
[Model("two_layers")]
public sealed class TwoLayers : nn.Module<Tensor, Tensor>
{
    /// <summary>Its keys.</summary>
    public sealed record Options
    {
        /// <summary>Neurons in the hidden layer.</summary>
        [Range(1, 10_000)]
        public int Hidden { get; init; } = 64;
    }

    private readonly Linear fc1;
    private readonly Linear fc2;

    public TwoLayers(Options options, SampleShape input, int outputs)
        : base(nameof(TwoLayers))
    {
        fc1 = nn.Linear(input.Elements, options.Hidden);
        fc2 = nn.Linear(options.Hidden, outputs);
        RegisterComponents();
    }

    public override Tensor forward(Tensor input) => fc2.call(nn.functional.relu(fc1.call(input.flatten(1))));
}
