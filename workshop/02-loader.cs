#:project lib/Workshop.csproj
using TorchSharp;
using Workshop;
using Workshop.Built;
using static TorchSharp.torch;

using Page page = Page.Start(args);

/*
# The data loader

In step 00 the model saw all 60,000 pictures before each step. That is slow: a gradient over 64 pictures points almost in the same
direction, and costs a thousandth. So the data is cut into **batches**. One pass over all batches is an **epoch**.

## Think first
60,000 samples in batches of 64: how many batches are in an epoch, and how large is the last one? And is it important in which order the samples
come?

## New since step 01
- `Batches`, at the end of this file, turns a data set into batches: in a new random order in each epoch, scaled, the last one shorter.
- The order is a function of the seed and the epoch. The same seed gives the same batches.

## A batch
The pictures of a batch are one tensor, and so are the labels. Its first dimension counts samples. Pixels were bytes; now they are numbers
around 0, because `Batches` subtracts the mean and divides by the standard deviation that step 01 measured.
*/
var train = new MnistDataset("data/mnist", isTraining: true);
var batches = new Batches(train.Images, train.Labels, size: 64, seed: 42);
Console.WriteLine($"{batches.Count} batches");

// Epoch(1) gives the batches of the first epoch one after the other; First() takes one.
(Tensor input, Tensor target) = batches.Epoch(1).First();
Console.WriteLine($"input [{string.Join(", ", input.shape)}] {input.dtype}, from {input.min().item<float>():0.000} to {input.max().item<float>():0.000}");
Console.WriteLine($"target [{string.Join(", ", target.shape)}] {target.dtype}");

// input[..16] is the first 16 samples of the batch.
page.Pictures(input[..16], [.. target.data<long>().Take(16).Select(l => $"{l}")]);
//> 938 batches
//> input [64, 1, 28, 28] Float32, from -0.424 to 2.821
//> target [64] Int64

/*
## The last batch is shorter
60,000 is not a multiple of 64. The rest may be dropped or kept; here it is kept, so that each sample is seen once in each epoch. A mean over
an epoch must then count samples, not batches.
*/
long samples = 0;
long last = 0;
foreach ((Tensor _, Tensor labels) in batches.Epoch(1))
{
    samples += labels.size(0);
    last = labels.size(0);
}

Console.WriteLine($"{samples} samples, {last} in the last batch");
//> 60000 samples, 32 in the last batch

/*
## The order
It is random, it changes with the epoch, and it comes back with the seed. Only then can a training be repeated.
*/
string FirstLabels(int seed, int epoch) => string.Join(" ", new Batches(train.Images, train.Labels, 64, seed).Epoch(epoch).First().Target.data<long>().Take(12));
Console.WriteLine($"seed 42, epoch 1: {FirstLabels(42, 1)}");
Console.WriteLine($"seed 42, epoch 2: {FirstLabels(42, 2)}");
Console.WriteLine($"seed 42, epoch 1: {FirstLabels(42, 1)}");
Console.WriteLine($"seed 43, epoch 1: {FirstLabels(43, 1)}");
//> seed 42, epoch 1: 3 6 6 8 9 7 4 9 6 0 9 0
//> seed 42, epoch 2: 0 1 3 1 1 3 3 1 5 0 5 9
//> seed 42, epoch 1: 3 6 6 8 9 7 4 9 6 0 9 0
//> seed 43, epoch 1: 6 1 6 3 4 5 5 2 8 4 1 8

/*
## What the order is good for
Files are often sorted by class. Here is MNIST sorted so: first all zeros, then all ones. The model of step 00 is trained for one epoch.
*/
// nonzero() gives the places where a condition is true; cat puts the places of all digits one behind the other.
Tensor sorted = cat([.. Enumerable.Range(0, 10).Select(digit => (train.Labels == digit).nonzero().flatten())]);
var loader = new Batches(train.Images[sorted], train.Labels[sorted], size: 64, seed: 42, shuffle: !page.IsBroken);

// The model of step 00: x·W + b, and a step against the gradient for each batch.
Tensor weights = zeros(784, 10, requires_grad: true);
Tensor bias = zeros(10, requires_grad: true);
var losses = new List<double>();
foreach ((Tensor x, Tensor y) in loader.Epoch(1))
{
    using var scope = NewDisposeScope();
    Tensor loss = nn.functional.cross_entropy(x.reshape(x.size(0), 784).matmul(weights) + bias, y);
    Tensor[] gradients = [.. autograd.grad([loss], [weights, bias])];
    using (no_grad())
    {
        weights.sub_(gradients[0] * 0.02);
        bias.sub_(gradients[1] * 0.02);
    }

    losses.Add(loss.item<float>());
}

page.Chart("Loss of each batch in one epoch", "step", "loss", ("loss", losses));
var test = new MnistDataset("data/mnist", isTraining: false);

// How many test pictures are right, and how often each digit is answered. argmax(1) is the digit with the highest score.
long right = 0;
var guesses = new long[10];
foreach ((Tensor x, Tensor y) in new Batches(test.Images, test.Labels, size: 1000, seed: 0, shuffle: false).Epoch(1))
{
    Tensor guess = (x.reshape(x.size(0), 784).matmul(weights) + bias).argmax(1);
    right += (guess == y).sum().item<long>();
    foreach (long digit in guess.data<long>())
    {
        guesses[digit]++;
    }
}

Console.WriteLine($"{right / 100.0:0.0} % of the test pictures are right");
Console.WriteLine($"answers for 0 to 9: {string.Join(" ", guesses)}");
//> 91.4 % of the test pictures are right
//~ answers for 0 to 9: 1005 1146 970 986 1002 945 976 1052 969 949
//! 10.9 % of the test pictures are right
//! answers for 0 to 9: 33 0 0 0 0 14 90 0 178 9685

/*
## Break it
    dotnet run workshop/02-loader.cs -- --break

With `--break` the samples come in the order of the file. At the end the model has seen only nines for a long time, and answers "9" much too often; it
has forgotten the first digits. The loss of each batch is small nearly all the time, because the next batch is like the last one: look at
the chart. A small training loss does not mean that a model is good.

## Answer
938 batches: 937 of 64, and one of 32. The order is important.

## In Regimen
[`DataLoader`](../src/Regimen/Loading/DataLoader.cs) prepares batches on a thread of its own while the model trains;
[`Samplers`](../src/Regimen/Loading/Sampling/Samplers.cs) has the orders; [`RandomStream`](../src/Regimen/Reproducibility/RandomStream.cs) is the source of
all random numbers, a function of seed, purpose and epoch.
*/

/// <summary>Samples in batches: scaled, in a random order that is a function of the seed and the epoch.</summary>
/// <param name="images">Pictures, bytes <c>[count, height, width]</c>.</param>
/// <param name="labels">Their classes <c>[count]</c>.</param>
/// <param name="size">The number of samples in a batch; the last one may have fewer.</param>
/// <param name="seed">The seed of the order.</param>
/// <param name="shuffle">Whether each epoch has its own random order; else that of the data.</param>
public sealed class Batches(Tensor images, Tensor labels, int size, int seed, bool shuffle = true)
{
    /// <summary>The number of batches in an epoch.</summary>
    public int Count => (int)((labels.size(0) + size - 1) / size);

    /// <summary>The batches of an epoch: pictures <c>[samples, 1, height, width]</c> around 0, and labels <c>[samples]</c>.</summary>
    public IEnumerable<(Tensor Input, Tensor Target)> Epoch(int epoch)
    {
        int[] order = [.. Enumerable.Range(0, (int)labels.size(0))];
        if (shuffle)
        {
            new Random((seed * 1000) + epoch).Shuffle(order);
        }

        for (int first = 0; first < order.Length; first += size)
        {
            // The scope disposes the tensors in between; without it, they would stay in memory until the next garbage collection.
            using DisposeScope scope = NewDisposeScope();
            Tensor rows = tensor(order[first..Math.Min(first + size, order.Length)], dtype: ScalarType.Int64);
            Tensor input = ((images[rows].unsqueeze(1).to(ScalarType.Float32) / 255) - 0.1307) / 0.3081;
            Tensor target = labels[rows];
            scope.MoveToOuter(input, target);
            yield return (input, target);
        }
    }
}
