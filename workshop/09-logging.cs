#:project lib/Workshop.csproj
using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Json;
using TorchSharp;
using Workshop;
using Workshop.Built;
using static TorchSharp.torch;

using Page page = Page.Start(args);

/*
# Logging

A training prints its losses, and then the window is closed. A month later you have a good model, and the question is how it was made: with which
learning rate, which data, which version of the program? A log answers it, if it has everything that decides about the result. There is a test for
that: train, read the log, run the training again from the log alone, and compare the bits.

## Think first
Write down what a log must contain so that somebody else can repeat the training without asking you. Then compare your list with the first line of
the log below. What did you forget?

## New since step 08
- Each run writes a log file: one line of JSON for each event, at once. A program that reads it needs no parser of its own.
- The first line has all causes of step 08: the settings, the seed, the number of threads, the versions, and the digest of the data.
- `Repeat` reads a log, trains again, and compares.

## A run with a log
Each line is written to the disk before the training goes on, so that the log of a run that was killed has all that happened. It is one file for one run; no
run writes into the log of another.
*/
Directory.CreateDirectory("workshop/out/09");
const string LogFile = "workshop/out/09/run.jsonl";
var settings = new Settings(Seed: page.IsBroken ? Environment.TickCount : 42, Threads: 1, Samples: 12_800, BatchSize: 64, Hidden: 64, LearningRate: 0.05, Epochs: 3);
using (var log = new StreamWriter(LogFile) { AutoFlush = true })
{
    Train(settings, entry => log.WriteLine(JsonSerializer.Serialize(entry)));
}

foreach (string line in File.ReadLines(LogFile))
{
    Console.WriteLine(line);
}
//> {"event":"start","time":"…","settings":{"Seed":42,"Threads":1,"Samples":12800,"BatchSize":64,"Hidden":64,"LearningRate":0.05,"Epochs":3},"data":"…","program":"…","torch":"…","system":"…","processor":"…"}
//> {"event":"epoch","epoch":1,"loss":0.596…,"seconds":…}
//> {"event":"epoch","epoch":2,"loss":0.293…,"seconds":…}
//> {"event":"epoch","epoch":3,"loss":0.236…,"seconds":…}
//> {"event":"end","weights":"…"}
//! {"event":"start","time":"…","settings":{"Threads":1,"Samples":12800,"BatchSize":64,"Hidden":64,"LearningRate":0.05,"Epochs":3},"data":"…","program":"…","torch":"…","system":"…","processor":"…"}
//! {"event":"epoch","epoch":1,"loss":…,"seconds":…}
//! {"event":"epoch","epoch":2,"loss":…,"seconds":…}
//! {"event":"epoch","epoch":3,"loss":…,"seconds":…}
//! {"event":"end","weights":"…"}

/*
## Why so much
- **settings**: all of them, with the defaults, because the defaults of the program will change.
- **data**: the SHA-256 of the files. A path is not enough: somebody may replace the file.
- **program**: the SHA-256 of the source. In a project it would be the commit, and whether there are changes that are not committed.
- **torch, system, processor**: other versions and processors round otherwise. If the bits differ later, these lines say why.
- **loss**: with all its digits. `0.35` can't be compared with `0.3512`.
- **weights**: the digest of the result. With it one knows which file of weights belongs to which log.

## A table and a chart from the log
What is in the log can be drawn later, for one run or for a hundred, without training again.
*/
JsonElement[] entries = [.. File.ReadLines(LogFile).Select(line => JsonSerializer.Deserialize<JsonElement>(line))];
JsonElement[] epochs = [.. entries.Where(e => e.GetProperty("event").GetString() == "epoch")];
page.Chart("Loss of each epoch", "epoch", "loss", ("training", [.. epochs.Select(e => (double)Loss(e))]));
Console.WriteLine($"{epochs.Length} epochs, loss {Loss(epochs[0]):0.000} to {Loss(epochs[^1]):0.000}, {epochs.Sum(e => e.GetProperty("seconds").GetDouble()):0.0} s");
//> 3 epochs, loss 0.596 to 0.237, … s
//! 3 epochs, loss …

/*
## What to look at: the proof
`Repeat` gets the name of the log file and nothing else. It reads the settings from the first line, trains, and compares each loss and the digest
of the weights with those of the log, bit for bit.
*/
Repeat(LogFile);
//> epoch 1: the same loss
//> epoch 2: the same loss
//> epoch 3: the same loss
//> the same weights, bit for bit
//! epoch 1: another loss
//! epoch 2: another loss
//! epoch 3: another loss
//! other weights

/*
## Break it
    dotnet run workshop/09-logging.cs -- --break

With `--break` the seed comes from the clock, and the log does not contain it. Everything else is there, and the losses look as always. But the run can't be
repeated: the second training begins with other weights, and ends with other weights. Most logs are of this kind. Whether a log is enough
is not seen by reading it; one must run it.

## Answer
The settings with the seed and the number of threads; the data; the program; the versions and the processor. Most people forget the number of
threads, the changes that were not committed, or that the data may change.

## In Regimen
[`RunRecorder`](../src/Regimen/Recording/RunRecorder.cs) writes a folder for each run: [`RunManifest`](../src/Regimen.Records/Runs/RunManifest.cs) is
the first line of the log above, as `run.json`; [`StepLossFile`](../src/Regimen.Records/Runs/StepLossFile.cs) has the loss of each step in four bytes;
`metrics.jsonl` has a line for each epoch, and `train.log` is for people. [`RunVerifier`](../src/Regimen/Recording/RunVerifier.cs) is `Repeat`:
`regimen verify latest`. [docs/run-folder.md](../docs/run-folder.md) describes each file.
*/

void Repeat(string path)
{
    JsonElement[] recorded = [.. File.ReadLines(path).Select(line => JsonSerializer.Deserialize<JsonElement>(line))];
    JsonElement start = recorded[0];
    foreach ((string name, string here) in Surroundings())
    {
        if (start.GetProperty(name).GetString() != here)
        {
            Console.WriteLine($"note: {name} was {start.GetProperty(name)}, and is {here}");
        }
    }

    Settings read = start.GetProperty("settings").Deserialize<Settings>()!;
    var again = new List<JsonElement>();
    Train(read, entry => again.Add(JsonSerializer.SerializeToElement(entry)));
    foreach ((JsonElement before, JsonElement now) in recorded.Zip(again).Where(p => p.First.GetProperty("event").GetString() == "epoch"))
    {
        Console.WriteLine($"epoch {before.GetProperty("epoch")}: {(Loss(before) == Loss(now) ? "the same loss" : "another loss")}");
    }

    bool isEqual = recorded[^1].GetProperty("weights").GetString() == again[^1].GetProperty("weights").GetString();
    Console.WriteLine(isEqual ? "the same weights, bit for bit" : "other weights");
}

static float Loss(JsonElement epoch) => epoch.GetProperty("loss").GetSingle();

/// <summary>What decides about the result besides the settings.</summary>
static IEnumerable<(string Name, string Value)> Surroundings([System.Runtime.CompilerServices.CallerFilePath] string source = "") =>
[
    ("data", string.Join(" ", Directory.GetFiles("data/mnist", "train-*.gz").Order(StringComparer.Ordinal).Select(FileDigest))),
    ("program", FileDigest(source)),
    ("torch", __version__),
    ("system", RuntimeInformation.RuntimeIdentifier),
    ("processor", $"{RuntimeInformation.ProcessArchitecture}, AVX-512 {System.Runtime.Intrinsics.X86.Avx512F.IsSupported}"),
];

static string FileDigest(string path) => Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(path)))[..16];

void Train(Settings settings, Action<object> log)
{
    Dictionary<string, object> start = new() { ["event"] = "start", ["time"] = DateTime.UtcNow.ToString("s", CultureInfo.InvariantCulture), ["settings"] = Logged(settings) };
    foreach ((string name, string value) in Surroundings())
    {
        start[name] = value;
    }

    log(start);
    var data = new MnistDataset("data/mnist", isTraining: true);
    var batches = new Batches(data.Images[..settings.Samples], data.Labels[..settings.Samples], settings.BatchSize, settings.Seed);
    set_num_threads(settings.Threads);
    random.manual_seed(settings.Seed);
    using var model = new Perceptron(settings.Hidden);
    using optim.Optimizer optimizer = optim.SGD(model.parameters(), settings.LearningRate);
    for (int epoch = 1; epoch <= settings.Epochs; epoch++)
    {
        var clock = System.Diagnostics.Stopwatch.StartNew();
        double total = 0;
        foreach ((Tensor input, Tensor target) in batches.Epoch(epoch))
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor loss = nn.functional.cross_entropy(model.call(input), target);
            optimizer.zero_grad();
            loss.backward();
            optimizer.step();
            total += loss.item<float>() * target.size(0);
        }

        log(new { @event = "epoch", epoch, loss = (float)(total / settings.Samples), seconds = Math.Round(clock.Elapsed.TotalSeconds, 3) });
    }

    byte[] weights = [.. model.state_dict().OrderBy(w => w.Key, StringComparer.Ordinal).SelectMany(w => w.Value.bytes.ToArray())];
    log(new { @event = "end", weights = Convert.ToHexStringLower(SHA256.HashData(weights)) });
}

object Logged(Settings settings)
{
    Dictionary<string, object> all = JsonSerializer.Deserialize<Dictionary<string, object>>(JsonSerializer.Serialize(settings))!;
    if (page.IsBroken)
    {
        all.Remove("Seed");
    }

    return all;
}

/// <summary>The settings of a training.</summary>
internal sealed record Settings(int Seed, int Threads, int Samples, int BatchSize, int Hidden, double LearningRate, int Epochs);
