#:project lib/Workshop.csproj
using System.Reflection;
using TorchSharp;
using TorchSharp.Modules;
using Workshop;
using Workshop.Built;
using static TorchSharp.torch;

using Page page = Page.Start(args);

/*
# Tensors and modules

A **tensor** is an array of numbers of one type, with any number of dimensions. A **module** is a model or a part of one: it has parameters, which
are tensors, and a method `forward` that computes its output. This step explores both. Explore them like this whenever you are in
doubt what an object is and what it can do.

## Think first
A model has a linear layer from 784 to 128 numbers, then one from 128 to 10. How many parameters are that?

## New since step 02
- `Perceptron`, at the end of this file: a model as a class.
- `backward()` computes the gradients of all parameters and stores each one beside its parameter.

## A tensor
Its shape, its type, where it is, and how many numbers it has. This one is a batch of the loader of step 02.
*/
var train = new MnistDataset("data/mnist", isTraining: true);
(Tensor input, Tensor target) = new Batches(train.Images, train.Labels, size: 64, seed: 42).Epoch(1).First();
Console.WriteLine($"shape [{string.Join(", ", input.shape)}], type {input.dtype}, device {input.device_type}, {input.numel()} numbers");
//> shape [64, 1, 28, 28], type Float32, device CPU, 50176 numbers

/*
## Shapes
`reshape` gives the same numbers another shape, `[i]` takes one entry of the first dimension. Two shapes that differ are fitted if one has a 1, or
no such dimension: that is **broadcasting**. Errors of shape are the most frequent errors of all. Their message names both sizes.
*/
// 64 pictures as 64 rows of 784 numbers.
Tensor flat = input.reshape(64, 784);
Console.WriteLine($"flat [{string.Join(", ", flat.shape)}], its first row [{string.Join(", ", flat[0].shape)}]");

// The mean picture [784] is subtracted from each of the 64 rows.
Console.WriteLine($"[64, 784] − [784] = [{string.Join(", ", (flat - flat.mean([0])).shape)}]");

// 784 and 128 do not fit.
try
{
    flat.add(zeros(128));
}
catch (Exception e)
{
    Console.WriteLine(e.Message.Split('\n')[0]);
}
//> flat [64, 784], its first row [784]
//> [64, 784] − [784] = [64, 784]
//> The size of tensor a (784) must match the size of tensor b (128) at non-singleton dimension 1

/*
## A view is no copy
`reshape`, `[…]` and `t()` return views: other shapes of the same memory. Whoever writes into a view writes into the original. `clone()` copies.
*/
Tensor numbers = arange(6, dtype: ScalarType.Float32);   // 0 1 2 3 4 5
Tensor table = numbers.reshape(2, 3);                    // the same memory as two rows of three
table[0, 0] = 100;                                       // changes numbers too
Tensor copy = table.clone();                             // memory of its own
copy[0, 1] = -1;                                         // changes nothing else
Console.WriteLine($"numbers: {string.Join(" ", numbers.data<float>())}");
//> numbers: 100 1 2 3 4 5

/*
## Gradients
A tensor with `requires_grad` remembers how its results were computed. `backward()` goes back through that computation and puts the derivative
into `grad`. For y = x₁² + x₂² it is (2x₁, 2x₂).
*/
Tensor x = tensor(new[] { 3f, -4f }, requires_grad: true);   // libtorch remembers what is done with x
Tensor y = x.pow(2).sum();                                   // 9 + 16
y.backward();                                                // fills x.grad
Console.WriteLine($"y = {y.item<float>()}, gradient {string.Join(" ", x.grad!.data<float>())}");
//> y = 25, gradient 6 -8

/*
## What an object has
Python has `dir(x)`. In C#, reflection lists the members of a type. Here are those of a tensor, by the first letters of their names, and how
many there are. Your editor shows them with their documentation after the dot.
*/
string[] members = [.. typeof(Tensor).GetMembers(BindingFlags.Public | BindingFlags.Instance).OfType<MethodInfo>().Where(m => !m.IsSpecialName).Select(m => m.Name).Distinct().Order(StringComparer.Ordinal)];
Console.WriteLine($"{members.Length} methods, for example {string.Join(" ", members.Where(m => m.StartsWith("cum", StringComparison.Ordinal) || m.StartsWith("arg", StringComparison.Ordinal)))}");
//> 557 methods, for example argmax argmin argsort argwhere cummax cummin cumprod cumsum cumulative_trapezoid

/*
## A module
The perceptron at the end of this file has two linear layers, with a function between them that replaces negative numbers by 0 (ReLU). Without it, two linear
layers would be no more than one. Its parameters have names: those of the fields, then `weight` or `bias`.
*/
// The weights begin at random; the seed decides which numbers they get.
random.manual_seed(42);
using var model = new Perceptron(register: !page.IsBroken);
foreach ((string name, Parameter parameter) in model.named_parameters())
{
    Console.WriteLine($"{name,-11} [{string.Join(", ", parameter.shape)}] = {parameter.numel()} numbers, from {parameter.min().item<float>():0.000} to {parameter.max().item<float>():0.000}");
}

Console.WriteLine($"{model.parameters().Sum(p => p.numel())} parameters, {model.named_buffers().Count()} buffers, {model.named_children().Count()} layers");
//> fc1.weight  [128, 784] = 100352 numbers, from -0.036 to 0.036
//> fc1.bias    [128] = 128 numbers, from -0.036 to 0.036
//> fc2.weight  [10, 128] = 1280 numbers, from -0.088 to 0.088
//> fc2.bias    [10] = 10 numbers, from -0.057 to 0.085
//> 101770 parameters, 0 buffers, 2 layers
//! 0 parameters, 0 buffers, 0 layers

/*
## Shapes on the way
What does each layer get, and what does it return? A hook on each layer tells. It is called when the layer is called with `call`, not when `forward`
is called directly; so always use `call`.
*/
foreach ((string name, nn.Module layer) in model.named_children())
{
    ((nn.Module<Tensor, Tensor>)layer).register_forward_hook((_, from, to) =>
    {
        Console.WriteLine($"{name}: [{string.Join(", ", from.shape)}] → [{string.Join(", ", to.shape)}]");
        return to;
    });
}

Tensor scores = model.call(input);
Console.WriteLine($"scores of the first picture: {string.Join(" ", scores[0].data<float>().Select(s => $"{s:0.00}"))}");
//> fc1: [64, 784] → [64, 128]
//> fc2: [64, 128] → [64, 10]
//> scores of the first picture: 0.13 0.20 0.12 0.00 -0.22 -0.09 -0.13 0.13 -0.03 -0.30
//! scores of the first picture: 0.13 0.20 0.12 0.00 -0.22 -0.09 -0.13 0.13 -0.03 -0.30

/*
## Gradients of a module
One call of `backward()` on the loss gives every parameter its gradient, of the same shape. The largest entries show which weights the loss
depends on most. A gradient of 0 everywhere means that a part of the model does not take part.
*/
Tensor loss = nn.functional.cross_entropy(scores, target);
loss.backward();
Console.WriteLine($"loss {loss.item<float>():0.000}");
foreach ((string name, Parameter parameter) in model.named_parameters())
{
    Console.WriteLine($"{name,-11} gradient [{string.Join(", ", parameter.grad!.shape)}], norm {parameter.grad!.norm().item<float>():0.000}");
}

page.Pictures(model.First.detach()[..16].reshape(16, 28, 28), [.. Enumerable.Range(0, 16).Select(i => $"unit {i}")]);
//> loss 2.298
//> fc1.weight  gradient [128, 784], norm 1.764
//> fc1.bias    gradient [128], norm 0.054
//> fc2.weight  gradient [10, 128], norm 0.723
//> fc2.bias    gradient [10], norm 0.157
//! loss 2.298

/*
## Break it
    dotnet run workshop/03-tensors-and-modules.cs -- --break

With `--break` the constructor forgets `RegisterComponents()`. The model still computes scores and a loss. But it says that it has no parameters
and no layers, so an optimizer would get an empty list and train nothing, and `save` would write an empty file. Look at the number of
parameters of a new model before you train it.

## Answer
784·128 + 128 + 128·10 + 10 = 101,770: each layer has a weight for each pair of input and output, and a bias for each output.

## In Regimen
[`ModelSummary`](../src/Regimen/Inspection/ModelSummary.cs) shows layers, shapes, parameters, multiply-adds and memory of any model:
`regimen inspect model model=mlp`. [`Mlp`](../src/Regimen/Models/Mlp.cs) is this perceptron, with any number of layers.
*/

/// <summary>Two linear layers, with a ReLU between them: 784 pixels → hidden units → 10 scores.</summary>
public sealed class Perceptron : nn.Module<Tensor, Tensor>
{
    private readonly Linear fc1;
    private readonly Linear fc2;

    public Perceptron(int hidden = 128, bool register = true)
        : base(nameof(Perceptron))
    {
        fc1 = nn.Linear(784, hidden);
        fc2 = nn.Linear(hidden, 10);

        // Finds the layers in the fields, and names their parameters after them. Always the last line of a constructor.
        if (register)
        {
            RegisterComponents();
        }
    }

    /// <summary>The weights of the first layer: <c>[hidden, 784]</c>.</summary>
    public Tensor First => fc1.weight!;

    /// <summary>The scores <c>[samples, 10]</c> of pictures <c>[samples, 1, 28, 28]</c>.</summary>
    public override Tensor forward(Tensor input) => fc2.call(nn.functional.relu(fc1.call(input.flatten(1))));
}
