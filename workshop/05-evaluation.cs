#:project lib/Workshop.csproj
using TorchSharp;
using Workshop;
using Workshop.Built;
using static TorchSharp.torch;

using Page page = Page.Start(args);

/*
# The evaluation

A small training loss only says that the model knows the training samples. The question is what it does with pictures that it has never seen.
So it is measured on the **test set**, once, at the end, and with a number that people understand: the **accuracy**, the share of right
answers. The loss is for the optimizer, the metric is for people.

## Think first
A model is trained on only 500 pictures, 40 times over. It ends with 100 % of them right. How many of the 10,000 test pictures does it get right:
100 %, 95 %, or fewer?

## New since step 04
- A second loop, `Evaluate`, without gradients and without a step.
- A metric other than the loss: the accuracy. And a table of which digit is taken for which.
- `model.eval()` before it, `model.train()` after it: some layers, as dropout, behave differently in training.

## A training
The loop of step 04, on the first 500 pictures.
*/
var train = new MnistDataset("data/mnist", isTraining: true);
var test = new MnistDataset("data/mnist", isTraining: false);

// [..500]: the first 500 samples. All else is as in step 04.
var few = new Batches(train.Images[..500], train.Labels[..500], size: 50, seed: 42);
random.manual_seed(42);
using var model = new Perceptron();
using optim.Optimizer optimizer = optim.SGD(model.parameters(), learningRate: 0.05);
for (int epoch = 1; epoch <= 40; epoch++)
{
    foreach ((Tensor input, Tensor target) in few.Epoch(epoch))
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor loss = nn.functional.cross_entropy(model.call(input), target);
        optimizer.zero_grad();
        loss.backward();
        optimizer.step();
    }
}

/*
## The measurement
Sums over the batches, divided by the number of samples at the end. No gradients are needed: `no_grad()` saves their time and memory.
*/
Evaluation onTraining = Evaluate(model, new Batches(train.Images[..500], train.Labels[..500], size: 300, seed: 0, shuffle: false));
Evaluation onTest = page.IsBroken ? onTraining : Evaluate(model, new Batches(test.Images, test.Labels, size: 300, seed: 0, shuffle: false));
Console.WriteLine($"training: loss {onTraining.Loss:0.0000}, accuracy {100 * onTraining.Accuracy:0.0} %");
Console.WriteLine($"test:     loss {onTest.Loss:0.0000}, accuracy {100 * onTest.Accuracy:0.0} %");
//> training: loss 0.0236, accuracy 100.0 %
//> test:     loss 0.5307, accuracy 84.3 %
//! training: loss 0.0236, accuracy 100.0 %
//! test:     loss 0.0236, accuracy 100.0 %

/*
## Which digit is taken for which
One number does not tell what goes wrong. The **confusion matrix** does: a row for each true digit, a column for each answer. Right answers are on
the diagonal.
*/
// The head of the table, then a row for each true digit.
Console.WriteLine("     " + string.Concat(Enumerable.Range(0, 10).Select(d => $"{d,5}")));
for (int digit = 0; digit < 10; digit++)
{
    Console.WriteLine($"{digit}    {string.Concat(Enumerable.Range(0, 10).Select(answer => $"{onTest.Confusion[digit, answer],5}"))}");
}
//~          0    1    2    3    4    5    6    7    8    9
//~ 0      916    0   19    1    1   23    5    9    4    2
//~ 1        0 1097    4    1    1    1    3    2   26    0
//~ 2       13   24  881   10   26    3   22   15   35    3
//~ 3        6    5   38  808    1   87    3   20   31   11
//~ 4        0    5   12    2  837    0   16    4    7   99
//~ 5       20   14   22   56   31  642   15   39   29   24
//~ 6       16    7   37    1   23   34  837    2    1    0
//~ 7        1   21   37    5    7    0    2  902    8   45
//~ 8       17   19   12   30    7   40   28   18  748   55
//~ 9       15    4   24   13   77   13    0   95    7  761
//!          0    1    2    3    4    5    6    7    8    9
//! 0       50    0    0    0    0    0    0    0    0    0
//! 1        0   66    0    0    0    0    0    0    0    0
//! 2        0    0   52    0    0    0    0    0    0    0
//! 3        0    0    0   50    0    0    0    0    0    0
//! 4        0    0    0    0   52    0    0    0    0    0
//! 5        0    0    0    0    0   39    0    0    0    0
//! 6        0    0    0    0    0    0   45    0    0    0
//! 7        0    0    0    0    0    0    0   52    0    0
//! 8        0    0    0    0    0    0    0    0   39    0
//! 9        0    0    0    0    0    0    0    0    0   55

/*
## The worst answers
The test pictures whose right digit got the smallest probability. Some of them are hard for people too.
*/
using (no_grad())
{
    (Tensor input, Tensor target) = new Batches(test.Images, test.Labels, size: 10_000, seed: 0, shuffle: false).Epoch(1).First();
    Tensor probabilities = nn.functional.softmax(model.call(input), 1);

    // gather takes the probability of the right digit of each picture; argsort sorts by it, the smallest first.
    Tensor worst = probabilities.gather(1, target.unsqueeze(1)).flatten().argsort()[..12];
    Tensor answers = probabilities[worst].argmax(1);
    page.Pictures(input[worst], [.. Enumerable.Range(0, 12).Select(i => $"{target[worst[i]].item<long>()}, said {answers[i].item<long>()}")]);
}

/*
## Break it
    dotnet run workshop/05-evaluation.cs -- --break

With `--break` the model is measured on the pictures that it was trained with. The result is perfect, and worthless: it would be so for a model that
only stored its samples. This error has many forms: the same picture in both sets, a scale computed from all data, a model chosen by its test result.

## Answer
About 84 %. 500 pictures are enough to know 500 pictures by heart, and not enough to know what a digit is.

## In Regimen
[`Evaluator`](../src/Regimen/Evaluation/Evaluator.cs) measures a model; [`Metrics/`](../src/Regimen/Metrics) has accuracy, F1, AUROC and others, a file each.
Each run is tested once, at its end, and its [report](../docs/report.md) shows the confusion matrix and the worst answers.
*/
static Evaluation Evaluate(nn.Module<Tensor, Tensor> model, Batches batches)
{
    // Some layers behave differently in an evaluation: dropout drops nothing. This model has none, but the next one may.
    model.eval();
    using IDisposable noGradients = no_grad();
    double loss = 0;
    long samples = 0;
    var confusion = new int[10, 10];
    foreach ((Tensor input, Tensor target) in batches.Epoch(1))
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor scores = model.call(input);

        // cross_entropy is a mean over the batch; times the number of samples it is a sum.
        loss += nn.functional.cross_entropy(scores, target).item<float>() * target.size(0);
        samples += target.size(0);
        foreach ((long digit, long answer) in target.data<long>().Zip(scores.argmax(1).data<long>()))
        {
            confusion[digit, answer]++;
        }
    }

    model.train();

    // The right answers are on the diagonal.
    double right = Enumerable.Range(0, 10).Sum(d => confusion[d, d]);
    return new Evaluation(loss / samples, right / samples, confusion);
}

/// <summary>What a measurement found.</summary>
/// <param name="Loss">The mean loss.</param>
/// <param name="Accuracy">The share of right answers, from 0 to 1.</param>
/// <param name="Confusion">How often each digit (row) got each answer (column).</param>
internal sealed record Evaluation(double Loss, double Accuracy, int[,] Confusion);
