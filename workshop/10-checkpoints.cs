#:project lib/Workshop.csproj
using System.Buffers.Binary;
using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using TorchSharp;
using Workshop;
using Workshop.Built;
using static TorchSharp.torch;

// The second program of this step: it is started below, in a process of its own.
if (args is ["continue" or "predict", var given])
{
    Second(args[0], given);
    return;
}

using Page page = Page.Start(args);

/*
# Checkpoints

The weights are in the memory of a process. When it ends, they are gone; when it is killed after ten hours, so are ten hours. A **checkpoint** is
a file with everything that is needed to go on. The same file is what other programs use: to predict, or to start a new task from it.

## Think first
A training is stopped after epoch 1. Another program loads the weights and trains epochs 2 and 3. Does it end with the same weights as a training
without interruption? What changes during a training besides the weights?

## New since step 09
- `Checkpoint` writes tensors to a file, and reads them. The format is **safetensors**: a header in JSON, then the numbers.
- `Training` has all that changes during the training: the weights, the velocities of the optimizer, the number of finished epochs.
- A second program, in a process of its own, which has nothing but the file.

## Without interruption
Three epochs with momentum, written out: a **velocity** for each parameter collects the gradients, and the parameter moves by the velocity. (It is
what `optim.SGD` does with `momentum: 0.9`; written out, we can get at the velocities.)
*/
set_num_threads(1);
using var whole = Training.Begin();
while (whole.Epochs < 3)
{
    double loss = whole.Epoch();
    Console.WriteLine($"epoch {whole.Epochs}: loss {loss:0.000}");
}
//> epoch 1: loss 0.703
//> epoch 2: loss 0.279
//> epoch 3: loss 0.219

/*
## The file
Now the same training, but after epoch 1 it writes a checkpoint and is thrown away. The file is written under another name first and renamed when it is
complete. A program that is killed while it writes leaves the old checkpoint whole.
*/
Directory.CreateDirectory("workshop/out/10");
const string CheckpointFile = "workshop/out/10/checkpoint.safetensors";
using (var first = Training.Begin())
{
    first.Epoch();
    first.Write(CheckpointFile, withVelocities: !page.IsBroken);
}

(Dictionary<string, Tensor> inFile, int epochs) = Checkpoint.Read(CheckpointFile);
Console.WriteLine($"{new FileInfo(CheckpointFile).Length} bytes, after epoch {epochs}");
foreach ((string name, Tensor tensor) in inFile.OrderBy(t => t.Key, StringComparer.Ordinal))
{
    Console.WriteLine($"    {name,-20} [{string.Join(", ", tensor.shape)}]");
}
//> 814826 bytes, after epoch 1
//>     fc1.bias             [128]
//>     fc1.weight           [128, 784]
//>     fc2.bias             [10]
//>     fc2.weight           [10, 128]
//>     velocity.fc1.bias    [128]
//>     velocity.fc1.weight  [128, 784]
//>     velocity.fc2.bias    [10]
//>     velocity.fc2.weight  [10, 128]
//! 407412 bytes, after epoch 1
//!     fc1.bias             [128]
//!     fc1.weight           [128, 784]
//!     fc2.bias             [10]
//!     fc2.weight           [10, 128]

/*
## What to look at: another program goes on
The second program reads the file and trains epochs 2 and 3. The order of the samples is a function of the seed and the epoch, so it needs no place in
the file. The last line tells whether all bits of all weights are those of the training without interruption.
*/
string[] lines = OtherProgram("continue", CheckpointFile);
Console.WriteLine(string.Join('\n', lines[..^1]));
Console.WriteLine($"the same weights as without interruption: {lines[^1] == whole.Digest()}");
//> read a checkpoint after epoch 1
//> epoch 2: loss 0.279
//> epoch 3: loss 0.219
//> the same weights as without interruption: True
//! read a checkpoint after epoch 1
//! epoch 2: loss 0.286
//! epoch 3: loss 0.224
//! the same weights as without interruption: False

/*
## Another program predicts
It needs the weights alone, and the code of the model. `pytorch/10.py`, at the end of this page, reads the same file in Python.
*/
const string ModelFile = "workshop/out/10/model.safetensors";
whole.Write(ModelFile, withVelocities: false);
Console.WriteLine(string.Join('\n', OtherProgram("predict", ModelFile)));
//> answers 7 2 1 0 4 1 4 9 6 9, labels 7 2 1 0 4 1 4 9 5 9
//> 91.7 % of the test pictures are right

/*
## Another task: fine-tuning
Which digits have a closed loop? 0, 6, 8 and 9. Suppose that only 40 pictures have such a label. The first layer of our model has seen 6,400
pictures and has learned strokes. So a new model gets the first layer from the file, **frozen**, and only its new second layer is trained. Beside it,
the same model from random weights.
*/
Console.WriteLine($"from random weights:  {FineTune(null):0.0} %");
Console.WriteLine($"from the checkpoint:  {FineTune(ModelFile):0.0} %");
//> from random weights:  72.4 %
//> from the checkpoint:  79.0 %

/*
## Break it
    dotnet run workshop/10-checkpoints.cs -- --break

With `--break` the checkpoint has the weights, and not the velocities. The second program starts with velocities of 0, as in a new training. It runs, its
loss falls, it predicts well; and it is another training. With Adam, or with a learning rate that depends on the step, the difference is
larger: a jump of the loss at each restart.

## Answer
Only if everything that changes is in the file: the weights, the state of the optimizer, and the number of finished epochs. What is a function of
the seed and the epoch need not be saved.

## In Regimen
[`CheckpointWriter`](../src/Regimen/Recording/CheckpointWriter.cs) writes checkpoints, also in the middle of an epoch, on a thread of its own;
`regimen resume latest` goes on, and [`KilledRunTests`](../tests/Regimen.Tests/App/KilledRunTests.cs) kills processes at random moments and compares
all bits. [`Weights`](../src/Regimen/Safetensors/Weights.cs) saves and loads a model, [`Predictor`](../src/Regimen.Experiments/Prediction/Predictor.cs)
predicts with one. `regimen train init.from=RUN freeze=[fc1]` fine-tunes: [docs/finetuning.md](../docs/finetuning.md).
*/

// Trains a model that tells whether a digit has a closed loop, on 40 pictures, and returns its accuracy in percent.
double FineTune(string? from)
{
    random.manual_seed(7);
    using var fc1 = nn.Linear(784, 128);
    using var loop = nn.Linear(128, 2);
    if (from is not null)
    {
        using IDisposable quiet = no_grad();
        (Dictionary<string, Tensor> trained, _) = Checkpoint.Read(from);
        fc1.weight!.copy_(trained["fc1.weight"]);
        fc1.bias!.copy_(trained["fc1.bias"]);
    }

    IEnumerable<TorchSharp.Modules.Parameter> parameters = from is null ? fc1.parameters().Concat(loop.parameters()) : loop.parameters();
    using optim.Optimizer optimizer = optim.SGD(parameters, learningRate: 0.1);
    (Tensor few, Tensor labels) = LoopSamples(new MnistDataset("data/mnist", isTraining: true), 10_000, 10_040);
    for (int step = 0; step < 200; step++)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor loss = nn.functional.cross_entropy(loop.call(nn.functional.relu(fc1.call(few))), labels);
        optimizer.zero_grad();
        loss.backward();
        optimizer.step();
    }

    using IDisposable noGradients = no_grad();
    (Tensor pictures, Tensor hasLoop) = LoopSamples(new MnistDataset("data/mnist", isTraining: false), 0, 10_000);
    return (loop.call(nn.functional.relu(fc1.call(pictures))).argmax(1) == hasLoop).sum().item<long>() / 100.0;
}

// Pictures [samples, 784], and 1 for each whose digit has a closed loop, else 0.
static (Tensor Input, Tensor Target) LoopSamples(MnistDataset data, int first, int end)
{
    (Tensor input, Tensor digits) = new Batches(data.Images[first..end], data.Labels[first..end], size: end - first, seed: 0, shuffle: false).Epoch(1).Single();
    return (input.flatten(1), ((digits == 0) | (digits == 6) | (digits == 8) | (digits == 9)).to(ScalarType.Int64));
}

// Starts this program again, with arguments, and returns the lines that it prints.
static string[] OtherProgram(params string[] arguments)
{
    using Process process = Process.Start(new ProcessStartInfo(Environment.ProcessPath!, arguments) { RedirectStandardOutput = true, WorkingDirectory = Page.Root })!;
    string output = process.StandardOutput.ReadToEnd();
    process.WaitForExit();
    return output.TrimEnd().ReplaceLineEndings("\n").Split('\n');
}

// What the second program does with a file.
static void Second(string task, string file)
{
    set_num_threads(1);
    using var training = Training.Read(file);
    if (task == "predict")
    {
        var test = new MnistDataset("data/mnist", isTraining: false);
        using IDisposable noGradients = no_grad();
        (Tensor input, Tensor target) = new Batches(test.Images, test.Labels, size: test.Count, seed: 0, shuffle: false).Epoch(1).Single();
        Tensor answers = training.Model.call(input).argmax(1);
        Console.WriteLine($"answers {string.Join(" ", answers[..10].data<long>())}, labels {string.Join(" ", target[..10].data<long>())}");
        Console.WriteLine($"{(answers == target).sum().item<long>() / 100.0:0.0} % of the test pictures are right");
        return;
    }

    Console.WriteLine($"read a checkpoint after epoch {training.Epochs}");
    while (training.Epochs < 3)
    {
        double loss = training.Epoch();
        Console.WriteLine($"epoch {training.Epochs}: loss {loss:0.000}");
    }

    Console.WriteLine(training.Digest());
}

/// <summary>A training: all that changes while it runs.</summary>
internal sealed class Training : IDisposable
{
    private readonly Batches _batches;
    private readonly Dictionary<string, Tensor> _velocities;

    private Training()
    {
        var data = new MnistDataset("data/mnist", isTraining: true);
        _batches = new Batches(data.Images[..6_400], data.Labels[..6_400], size: 64, seed: 42);
        random.manual_seed(42);
        Model = new Perceptron();
        _velocities = Model.named_parameters().ToDictionary(p => p.name, p => zeros_like(p.parameter));
    }

    public Perceptron Model { get; }

    /// <summary>The number of finished epochs.</summary>
    public int Epochs { get; private set; }

    public static Training Begin() => new();

    /// <summary>Reads a training from a checkpoint.</summary>
    public static Training Read(string file)
    {
        var training = new Training();
        (Dictionary<string, Tensor> tensors, training.Epochs) = Checkpoint.Read(file);
        using IDisposable noGradients = no_grad();
        foreach ((string name, TorchSharp.Modules.Parameter parameter) in training.Model.named_parameters())
        {
            parameter.copy_(tensors[name]);
            if (tensors.TryGetValue($"velocity.{name}", out Tensor? velocity))
            {
                training._velocities[name].copy_(velocity);
            }
        }

        return training;
    }

    /// <summary>Writes a checkpoint.</summary>
    public void Write(string file, bool withVelocities)
    {
        Dictionary<string, Tensor> tensors = Model.state_dict();
        foreach ((string name, Tensor velocity) in withVelocities ? _velocities : [])
        {
            tensors[$"velocity.{name}"] = velocity;
        }

        Checkpoint.Write(file, tensors, Epochs);
    }

    /// <summary>Trains for one epoch, and returns its mean loss.</summary>
    public double Epoch()
    {
        Epochs++;
        double total = 0;
        foreach ((Tensor input, Tensor target) in _batches.Epoch(Epochs))
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor loss = nn.functional.cross_entropy(Model.call(input), target);
            Model.zero_grad();
            loss.backward();
            using (no_grad())
            {
                foreach ((string name, TorchSharp.Modules.Parameter parameter) in Model.named_parameters())
                {
                    _velocities[name].mul_(0.9).add_(parameter.grad!);
                    parameter.sub_(_velocities[name] * 0.01);
                }
            }

            total += loss.item<float>();
        }

        return total / _batches.Count;
    }

    /// <summary>The SHA-256 of all weights.</summary>
    public string Digest()
        => Convert.ToHexStringLower(SHA256.HashData([.. Model.state_dict().OrderBy(w => w.Key, StringComparer.Ordinal).SelectMany(w => w.Value.bytes.ToArray())]));

    public void Dispose() => Model.Dispose();
}

/// <summary>Files of tensors in the format safetensors: the length of the header in eight bytes, the header in JSON, then the numbers of all
/// tensors. The header has the type, the shape and the place of each. Programs in other languages read it; nothing in it is executed.</summary>
internal static class Checkpoint
{
    /// <summary>Writes tensors of float32.</summary>
    public static void Write(string path, IReadOnlyDictionary<string, Tensor> tensors, int epochs)
    {
        var header = new JsonObject { ["__metadata__"] = new JsonObject { ["epochs"] = $"{epochs}" } };
        long at = 0;
        foreach ((string name, Tensor tensor) in tensors)
        {
            long end = at + (tensor.numel() * sizeof(float));
            header[name] = new JsonObject
            {
                ["dtype"] = "F32",
                ["shape"] = new JsonArray([.. tensor.shape.Select(n => JsonValue.Create(n))]),
                ["data_offsets"] = new JsonArray(at, end),
            };
            at = end;
        }

        byte[] text = Encoding.UTF8.GetBytes(header.ToJsonString());
        byte[] length = new byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(length, text.Length);
        using (FileStream file = File.Create($"{path}.new"))
        {
            file.Write(length);
            file.Write(text);
            foreach ((string _, Tensor tensor) in tensors)
            {
                file.Write(tensor.bytes);
            }
        }

        File.Move($"{path}.new", path, overwrite: true);
    }

    /// <summary>Reads the tensors of a file, and the number of finished epochs.</summary>
    public static (Dictionary<string, Tensor> Tensors, int Epochs) Read(string path)
    {
        byte[] file = File.ReadAllBytes(path);
        int data = sizeof(long) + (int)BinaryPrimitives.ReadInt64LittleEndian(file);
        JsonObject header = JsonNode.Parse(file.AsSpan(sizeof(long)..data))!.AsObject();
        var tensors = new Dictionary<string, Tensor>();
        foreach ((string name, JsonNode? entry) in header.Where(e => e.Key != "__metadata__"))
        {
            long[] shape = [.. entry!["shape"]!.AsArray().Select(n => (long)n!)];
            int[] place = [.. entry["data_offsets"]!.AsArray().Select(n => data + (int)n!)];
            tensors[name] = tensor(MemoryMarshal.Cast<byte, float>(file.AsSpan(place[0]..place[1])).ToArray()).reshape(shape);
        }

        return (tensors, int.Parse((string)header["__metadata__"]!["epochs"]!, System.Globalization.CultureInfo.InvariantCulture));
    }
}
