#:project lib/Workshop.csproj
using TorchSharp;
using Workshop;
using Workshop.Built;
using static TorchSharp.torch;

using Page page = Page.Start(args);

/*
# The training loop

Everything is there: the data, the batches, a model with parameters, a loss and its gradient. The loop puts it together. It is the same for
every model: for each epoch, for each batch, compute the loss, compute the gradients, change the parameters.

## Think first
The weights begin as small random numbers. What is the loss before the first step, if the model gives each of ten digits about the same
probability?

## New since step 03
- The loop. It is written out here, with nothing hidden.
- `optim.SGD` takes the step that step 00 took by hand, for all parameters: p −= lr · gradient.
- `NewDisposeScope()`: what a step allocates is freed at its end.

## The parts
*/
var train = new MnistDataset("data/mnist", isTraining: true);                  // step 01
var batches = new Batches(train.Images, train.Labels, size: 64, seed: 42);   // step 02
random.manual_seed(42);                                                      // the initial weights follow from this seed
using var model = new Perceptron();                                          // step 03

// It gets the list of parameters, because it will change them; it knows nothing of the model.
using optim.Optimizer optimizer = optim.SGD(model.parameters(), learningRate: 0.05);

/*
## The loop
Read it line by line.

1. `model.call(input)` computes the scores, ten for each picture.
2. `cross_entropy` makes one number of them: how wrong they are, as a mean over the batch.
3. `zero_grad()` sets all gradients to 0, because `backward()` **adds** to what is there.
4. `backward()` computes the gradient of each parameter.
5. `step()` subtracts a small part of the gradient from each parameter.

The mean loss of the epoch counts samples, not batches, because the last batch is shorter.
*/
var losses = new List<double>();
for (int epoch = 1; epoch <= 2; epoch++)
{
    double total = 0;
    foreach ((Tensor input, Tensor target) in batches.Epoch(epoch))
    {
        using DisposeScope scope = NewDisposeScope();                  // frees the tensors of this step at its end
        Tensor scores = model.call(input);                             // [64, 10]
        Tensor loss = nn.functional.cross_entropy(scores, target);     // one number
        if (!page.IsBroken)
        {
            optimizer.zero_grad();
        }

        loss.backward();       // parameter.grad += the gradient, for each parameter
        optimizer.step();      // parameter −= 0.05 · parameter.grad

        // item<float>() makes a C# number of the loss.
        losses.Add(loss.item<float>());
        total += losses[^1] * target.size(0);
    }

    Console.WriteLine($"epoch {epoch}: loss {total / train.Count:0.0000}");
}
//> epoch 1: loss 0.3288
//> epoch 2: loss 0.1602
//! epoch 1: loss 2.8496
//! epoch 2: loss …

/*
## What to look at
The loss of each step. It begins at about 2.3, falls quickly, then slowly; and it is noisy, because each batch has other pictures.
*/
Console.WriteLine($"first step {losses[0]:0.000}");
page.Chart("Loss of each step", "step", "loss", ("loss", losses));
//> first step 2.298

/*
## What the model does now
Its scores for five pictures, as probabilities.
*/
// Nothing is trained here, so no gradients are needed.
using (no_grad())
{
    (Tensor input, Tensor target) = batches.Epoch(3).First();
    Tensor probabilities = nn.functional.softmax(model.call(input[..5]), 1);
    Tensor guesses = probabilities.argmax(1);
    page.Pictures(input[..5], [.. Enumerable.Range(0, 5).Select(i => $"{guesses[i].item<long>()} ({probabilities[i].max().item<float>():P0})")]);
    Console.WriteLine($"labels  {string.Join(" ", target[..5].data<long>())}");
    Console.WriteLine($"answers {string.Join(" ", guesses.data<long>())}");
}
//> labels  0 7 2 7 0
//> answers 0 7 2 7 0
//! labels  0 7 2 7 0
//! answers …

/*
## Break it
    dotnet run workshop/04-training.cs -- --break

With `--break` the line `optimizer.zero_grad()` is missing. `backward()` then adds the gradient of each batch to the sum of all batches before, so
a step goes where the sum points, further and further. The loss grows, and no message says why. It is the most frequent error in loops
that are written by hand.

## Answer
−log(1/10) = 2.303. A first loss far above that means that the weights begin too large, or that the data is not scaled.

## In Regimen
[`Trainer`](../src/Regimen/Training/Trainer.cs) has this loop on one page, and what a long training needs besides: checkpoints, validation,
early stopping, a check that the loss is finite. Forgetting `zero_grad()` is not possible there: the optimizer clears the gradients in its step.
*/
