#:project lib/Workshop.csproj
using System.Security.Cryptography;
using TorchSharp;
using Workshop;
using Workshop.Built;
using static TorchSharp.torch;

using Page page = Page.Start(args);

/*
# Reproducibility

Train twice with the same settings: you get two different models. Often that does not matter, but then you never know whether a change of
half a percent comes from your idea or from luck, and an error that happens once a day can't be repeated. So first let us see what differs, and find
each cause. Then the runs are made equal: not similar, but the same bits.

## Think first
Two runs start with the same weights and see the same samples in the same order. One computes with one thread, the other with two. Are the results
equal?

## New since step 07
- `Digest`: 64 hexadecimal digits that stand for all weights. Two models have the same digest only if all their bits are equal.
- `FirstDifference`: the first step at which the losses of two runs differ. It tells where to look for the cause.
- The model has dropout: during training it sets a random tenth of its hidden values to 0. That is a third source of random numbers.

## Two runs
`Train`, at the end of this file, trains for 100 steps, and records the loss of each. Its arguments are the seeds of its random numbers. Here it gets none.
*/
MnistDataset data = new("data/mnist", isTraining: true);
Run a = Train(data);
Run b = Train(data);
Console.WriteLine($"first run:  loss {a.Losses[^1]:R}, weights {a.Digest[..16]}");
Console.WriteLine($"second run: loss {b.Losses[^1]:R}, weights {b.Digest[..16]}");
Console.WriteLine($"first difference: step {FirstDifference(a, b)}");
//> first run:  loss …, weights …
//> second run: loss …, weights …
//> first difference: step 1
//! first run:  loss 0.4557141, weights 27093166c393cca9
//! second run: loss 0.5282581, weights dbb82afa9438d037
//! first difference: step 1

/*
## Cause 1: the initial weights
The losses differ from step 1 on. Before step 1 there are only the initial weights and the first batch. The initial weights come from libtorch's
**default generator**, a sequence of numbers that begins at a place that is chosen at random for each process. `manual_seed` chooses it.
*/
a = Train(data, weightSeed: 42);
b = Train(data, weightSeed: 42);
Console.WriteLine($"same initial weights: {a.Initial == b.Initial}");
Console.WriteLine($"first difference: step {FirstDifference(a, b)}");
//> same initial weights: True
//> first difference: step 1

/*
## Cause 2: the order of the samples
The initial weights are equal now, and the losses still differ in step 1. What is left is the batch. The order comes from `System.Random`, in which
`manual_seed` has no part: each library has its own generator. `Batches` of step 02 takes a seed.
*/
a = Train(data, weightSeed: 42, orderSeed: 42);
b = Train(data, weightSeed: 42, orderSeed: 42);
Console.WriteLine($"first difference: {FirstDifference(a, b)}; same weights at the end: {a.Digest == b.Digest}");
//> first difference: none; same weights at the end: True

/*
## Cause 3: other code draws a number
The runs are equal, but a small change is enough to make them differ. Dropout takes its random numbers from the same default generator, one after the other. If anything else takes
one, all later ones move. Here it is a harmless look at a random picture after step 20. It changes all steps after it.
*/
b = Train(data, weightSeed: 42, orderSeed: 42, lookAfter: 20);
Console.WriteLine($"first difference: step {FirstDifference(a, b)}");
//> first difference: step 21

/*
The cure is to seed the generator before each step, with a number made from the seed of the run and the number of the step. Then the random numbers of
step 21 depend on 42 and 21, and on nothing that happened before. This is also what makes it possible to continue a run in the middle, in step 10.
*/
a = Train(data, weightSeed: 42, orderSeed: 42, dropoutSeed: 42);
b = Train(data, weightSeed: 42, orderSeed: 42, dropoutSeed: 42, lookAfter: 20);
Console.WriteLine($"first difference: {FirstDifference(a, b)}");
//> first difference: none

/*
## Cause 4: threads
A sum of floating-point numbers depends on the order of its terms, because each addition rounds. Two threads add two halves and then their sums:
another order, other last bits. A training multiplies such differences.
*/
float large = 1e8f;
Console.WriteLine($"(1e8 + 1) - 1e8 = {large + 1 - large}, 1e8 - 1e8 + 1 = {large - large + 1}");
Run one = Train(data, weightSeed: 42, orderSeed: 42, dropoutSeed: 42, threads: 1);
Run two = Train(data, weightSeed: 42, orderSeed: 42, dropoutSeed: 42, threads: 2);
Console.WriteLine($"one thread and two threads: same weights {one.Digest == two.Digest}");
page.Chart("Difference of the losses: 1 thread and 2 threads", "step", "difference", ("difference", [.. one.Losses.Zip(two.Losses, (x, y) => (double)Math.Abs(x - y))]));
//> (1e8 + 1) - 1e8 = 0, 1e8 - 1e8 + 1 = 1
//> one thread and two threads: same weights False

/*
## Other causes
They are not shown here, but you will meet them.

- **The machine.** Other processors have other instructions, and add in another order. Other versions of libtorch too.
- **The order of files.** `Directory.GetFiles` may return them in another order on another disk. Sort them.
- **Hash codes.** In .NET, `"a".GetHashCode()` is another number in each process. Never let it decide which sample is in which set.
- **The time.** A seed from the clock, or a training that stops after ten minutes.

## What to look at
All causes at once: seeds for everything, and a fixed number of threads. The first difference is "none", and the digests are equal, in this process and in the
next one. Run this step twice: the last line is the same.
*/
int seed = page.IsBroken ? Environment.TickCount : 42;
a = Train(data, weightSeed: 42, orderSeed: 42, dropoutSeed: 42, threads: 1);
b = Train(data, weightSeed: 42, orderSeed: seed, dropoutSeed: 42, threads: 1);
Console.WriteLine($"first difference: {FirstDifference(a, b)}; same weights: {a.Digest == b.Digest}");
Console.WriteLine($"weights {a.Digest[..16]}, with {Environment.ProcessorCount} cores");
//> first difference: none; same weights: True
//> weights …
//! first difference: 1; same weights: False
//! weights …

/*
## Break it
    dotnet run workshop/08-reproducibility.cs -- --break

With `--break` the order of the second run is seeded by the clock. One forgotten seed is enough: the runs differ from the first step on, and their
accuracies will differ by some tenths of a percent. If you compare two ideas in this way, you compare two random numbers.

## Answer
No, not in their last bits. So the number of threads is a part of a run, like the seed, and is written down with it.

## In Regimen
[`RandomStream`](../src/Regimen/Reproducibility/RandomStream.cs) is the only source of random numbers: a function of the seed, the purpose, the epoch and the
step. [`TorchRandom`](../src/Regimen/Engine/TorchRandom.cs) seeds libtorch's generator before each step. The file
[BannedSymbols.txt](../BannedSymbols.txt) makes the build fail where code uses `System.Random`, the clock or `manual_seed` itself. `regimen verify latest` trains a
run again and compares every bit.
*/
static Run Train(
    MnistDataset data, int? weightSeed = null, int? orderSeed = null, int? dropoutSeed = null, int threads = 1, int lookAfter = -1)
{
    set_num_threads(threads);
    random.manual_seed(weightSeed ?? Random.Shared.NextInt64());
    using var fc1 = nn.Linear(784, 256);
    using var fc2 = nn.Linear(256, 10);
    using var dropout = nn.Dropout(0.1);
    using nn.Module<Tensor, Tensor> model = nn.Sequential(nn.Flatten(), fc1, nn.ReLU(), dropout, fc2);
    using optim.Optimizer optimizer = optim.SGD(model.parameters(), learningRate: 0.05);
    string initial = Digest(model);
    var losses = new List<float>();
    int step = 0;
    foreach ((Tensor input, Tensor target) in new Batches(data.Images, data.Labels, size: 64, orderSeed ?? Random.Shared.Next(1_000_000)).Epoch(1).Take(100))
    {
        using DisposeScope scope = NewDisposeScope();
        step++;
        if (dropoutSeed is { } seed)
        {
            random.manual_seed((seed * 1_000_000L) + step);
        }

        Tensor loss = nn.functional.cross_entropy(model.call(input), target);
        optimizer.zero_grad();
        loss.backward();
        optimizer.step();
        losses.Add(loss.item<float>());
        if (step == lookAfter)
        {
            randint(data.Count, [1]);
        }
    }

    return new Run(losses, initial, Digest(model));
}

/// <summary>The SHA-256 of all weights: of their bytes, in the order of their names.</summary>
static string Digest(nn.Module model)
{
    using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    foreach ((string _, Tensor weight) in model.state_dict().OrderBy(w => w.Key, StringComparer.Ordinal))
    {
        hash.AppendData(weight.bytes);
    }

    return Convert.ToHexStringLower(hash.GetHashAndReset());
}

/// <summary>The first step whose losses are not the same bits, from 1; "none" if all are.</summary>
static string FirstDifference(Run a, Run b)
{
    int at = Enumerable.Range(0, a.Losses.Count).FirstOrDefault(i => BitConverter.SingleToInt32Bits(a.Losses[i]) != BitConverter.SingleToInt32Bits(b.Losses[i]), -1);
    return at < 0 ? "none" : $"{at + 1}";
}

/// <summary>What a training left: its losses, and the digests of its weights before and after it.</summary>
internal sealed record Run(IReadOnlyList<float> Losses, string Initial, string Digest);
