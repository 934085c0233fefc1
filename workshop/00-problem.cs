#:project lib/Workshop.csproj
using Workshop;
using Workshop.Built;
using static TorchSharp.torch;

using Page page = Page.Start(args);

/*
# The problem, and what a model is

A program that recognises a handwritten digit can't be written as rules: nobody can list them. Instead one collects examples, pictures with
their right answers, and lets the computer fit a function to them. That function is the **model**:

> f_θ: x ↦ y

x is the input (the 784 pixels of a picture), y the output (ten scores, one for each digit), and θ, "theta", the **parameters**: numbers that
decide what the function does. Fitting means: choose θ so that the outputs are right on the examples. How wrong they are is measured
by one number, the **loss**. Training is nothing but making the loss small.

## Think first
Three points: (1, 3), (2, 5), (3, 7). The model is f(x) = w·x + b, and begins with w = 0 and b = 0. In which direction must w and b change so
that f fits better, and what are the best values?

## The smallest model there is
Two parameters, w and b. The loss is the mean of the squared errors. With w = b = 0 every answer is 0, so the loss is (3² + 5² + 7²) / 3.
*/
(double X, double Y)[] points = [(1, 3), (2, 5), (3, 7)];
double w = 0, b = 0;
double Loss() => points.Average(p => Math.Pow((w * p.X) + b - p.Y, 2));
Console.WriteLine($"loss {Loss():0.000}");
//> loss 27.667

/*
## The gradient
How does the loss change if w grows a little? Its derivative tells: the mean of 2·(f(x) − y)·x. For b it is the mean of 2·(f(x) − y). Both
together are the **gradient**. Check by hand: −2·(3·1 + 5·2 + 7·3)/3 and −2·(3 + 5 + 7)/3.
*/
(double W, double B) Gradient() => (points.Average(p => 2 * ((w * p.X) + b - p.Y) * p.X), points.Average(p => 2 * ((w * p.X) + b - p.Y)));
Console.WriteLine($"gradient {Gradient().W:0.000} {Gradient().B:0.000}");
//> gradient -22.667 -10.000

/*
## A step
The gradient points to where the loss grows. So each parameter takes a small step the other way: w −= lr · gradient. The factor lr is the
**learning rate**.
*/
double lr = page.IsBroken ? 0.25 : 0.1;
var losses = new List<double> { Loss() };
for (int step = 1; step <= 100; step++)
{
    (double gradientW, double gradientB) = Gradient();
    w -= lr * gradientW;
    b -= lr * gradientB;
    losses.Add(Loss());
    if (step is 1 or 2 or 3 or 10 or 100)
    {
        Console.WriteLine($"step {step,3}: w {w:G4}, b {b:G4}, loss {Loss():G3}");
    }
}

page.Chart("Loss of the line", "step", "loss", ("loss", losses.Take(20).ToArray()));
//> step   1: w 2.267, b 1, loss 0.331852
//> step   2: w 2.018, b 0.893, loss 0.005267
//> step   3: w 2.044, b 0.908, loss 0.001304
//> step  10: w 2.035, b 0.921, loss 0.000894
//> step 100: w 2.004, b 0.991, loss 0.000011
//! step   1: w 5.667, b 2.5, loss 87
//! step   2: w -4.389, b -1.917, loss 274
//! step   3: w 13.44, b 5.931, loss 860
//! step  10: w -626.3, b -275.5, loss 2.61E+06
//! step 100: w -1.539E+25, b -6.769E+24, loss 1.57E+51

/*
## The same for pictures
Now x has 784 numbers and y ten. The model is the same, with more parameters: y = x·W + b, where W is a table of 784 × 10 numbers and b has
10. That is θ: 7,850 numbers. Libtorch computes the gradient of all of them.

The ten scores become probabilities by softmax, and the loss is the **cross-entropy**: −log of the probability of the right digit. A model that
knows nothing gives each digit 1/10, so its loss is −log(1/10) = 2.303.
*/
var train = new MnistDataset("data/mnist", isTraining: true);
Tensor x = train.Images.reshape(train.Count, 784).to(ScalarType.Float32) / 255;
Tensor y = train.Labels;
Tensor weights = zeros(784, 10, requires_grad: true);
Tensor bias = zeros(10, requires_grad: true);
double rate = page.IsBroken ? 20 : 0.5;
for (int step = 0; step <= 30; step++)
{
    using var scope = NewDisposeScope();
    Tensor loss = nn.functional.cross_entropy(x.matmul(weights) + bias, y);
    if (step % 10 == 0)
    {
        Console.WriteLine($"step {step,2}: loss {loss.item<float>():0.000}");
    }

    Tensor[] gradients = [.. autograd.grad([loss], [weights, bias])];
    using (no_grad())
    {
        weights.sub_(gradients[0] * rate);
        bias.sub_(gradients[1] * rate);
    }
}
//> step  0: loss 2.303
//> step 10: loss 0.781
//> step 20: loss 0.602
//> step 30: loss 0.529
//! step  0: loss 2.303
//! step 10: loss 45.260
//! step 20: loss 5.328
//! step 30: loss 3.146

/*
## What it learned
Each column of W has one weight for each pixel: where it is light, ink speaks for the digit; where it is dark, against it. And on pictures that
it has never seen, the model is right in most cases.
*/
page.Pictures(weights.detach().t().reshape(10, 28, 28), [.. Enumerable.Range(0, 10).Select(d => $"for {d}")]);
var test = new MnistDataset("data/mnist", isTraining: false);
Tensor scores = (test.Images.reshape(test.Count, 784).to(ScalarType.Float32) / 255).matmul(weights) + bias;
Console.WriteLine($"{(scores.argmax(1) == test.Labels).sum().item<long>() / 100.0:0.0} % of the test pictures are right");
//> 88.0 % of the test pictures are right
//! 81.9 % of the test pictures are right

/*
## Break it
    dotnet run workshop/00-problem.cs -- --break

With `--break` the learning rate is too large. Each step goes past the lowest point to a higher place on the other side, so the loss of the
line grows without end. The loss of the pictures jumps. The learning rate is the first number to try when a training fails.

## Answer
w = 2 and b = 1 fit all three points, so both must grow. The gradient is negative for both, and a step goes against it.

## In Regimen
[`Objective`](../src/Regimen/Optimization/Objectives/Objective.cs) is a loss, [`Optimizer`](../src/Regimen/Optimization/Optimizers/Optimizer.cs) the
rule of the step, and [`Mlp`](../src/Regimen/Models/Mlp.cs) with `model.hidden=[]` the model of this step.
*/
