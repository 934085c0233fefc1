#:project lib/Workshop.csproj
#:project 06-project/Digits.csproj
using Digits;
using Digits.Datasets;
using Workshop;

using Page page = Page.Start(args);

/*
# From one file to a project

Steps 01 to 05 are five files, and each new idea changed the whole file. With a second model and a second data set that no longer works: the same
loop would stand in four files, and a correction in one of them only. So the program becomes a project in which each thing has one place.
The rule for the layout: **a new model is one new file, a new data set is one new function, and the loop changes for neither.**

## Think first
Where in the code of steps 04 and 05 do the words "perceptron" and "mnist" stand, and which of these places must a new model touch?

## New since step 05
- A project, `workshop/06-project`, with a folder `Models/` and a folder `Datasets/`.
- One entry point with two commands, `train` and `evaluate`. Both get their model and their data by name.
- Paths are relative. The program runs on every machine, from the folder of the repository.

## The files
`Training.cs` is the loop of step 04, `Evaluation.cs` that of step 05. `Finder.cs` finds models and data sets by their names: it lists the classes of
one namespace, so nothing has to be registered.
*/
foreach (string file in Directory.EnumerateFiles("workshop/06-project", "*.cs", SearchOption.AllDirectories)
    .Where(f => !f.Contains("/obj/", StringComparison.Ordinal) && !f.Contains("/bin/", StringComparison.Ordinal)).Order(StringComparer.Ordinal))
{
    Console.WriteLine($"{file["workshop/06-project/".Length..],-25} {File.ReadAllLines(file).Length,3} lines");
}

Console.WriteLine($"models: {string.Join(", ", Finder.Models)}; data sets: {string.Join(", ", Finder.Datasets)}");
//> Commands.cs                43 lines
//> Datasets/DigitFiles.cs     33 lines
//> DigitSet.cs                27 lines
//> Evaluation.cs              24 lines
//> Finder.cs                  37 lines
//> Models/ConvNet.cs          22 lines
//> Models/Perceptron.cs       16 lines
//> Program.cs                  4 lines
//> Training.cs                29 lines
//> models: convnet, perceptron; data sets: mnist, small

/*
## Two models, two data sets, one loop
All four combinations work, because no file names two of them. `Commands.Run` is what the program does with its arguments:
`dotnet run --project workshop/06-project -- train convnet small`.
*/
Commands.Run(["train", "perceptron", "small"]);
Commands.Run(["train", "convnet", "small"]);
Commands.Run(["train", "perceptron", "mnist"]);
//> epoch 1: loss 0.582
//> perceptron on small: 90.2 % of the test pictures are right
//> epoch 1: loss 0.722
//> convnet on small: 92.1 % of the test pictures are right
//> epoch 1: loss 0.227
//> perceptron on mnist: 96.5 % of the test pictures are right

/*
## Few entry points
The evaluation is a command of its own. It reads the weights that the training wrote, and gets the same result.
*/
Commands.Run(["evaluate", "perceptron", "mnist"]);
//> perceptron on mnist: 96.5 % of the test pictures are right

/*
## A name that does not exist
A typing error ends the program before anything is done, with the names that exist.
*/
int exitCode = Commands.Run(["train", "perzeptron", "mnist"]);
Console.WriteLine($"exit code {exitCode}");
//> error: unknown model perzeptron; expected one of convnet, perceptron
//> exit code 2

/*
## A path of one machine
A program that reads its data from an absolute path runs on one machine only.
*/
if (page.IsBroken)
{
    DigitFiles.Folder = "/home/anna/projects/digits/data/mnist";
}

try
{
    Commands.Run(["evaluate", "perceptron", "mnist"]);
}
catch (IOException e)
{
    Console.WriteLine($"{e.GetType().Name}: {e.Message}");
}
//> perceptron on mnist: 96.5 % of the test pictures are right
//! DirectoryNotFoundException: Could not find a part of the path '/home/anna/projects/digits/data/mnist/train-images-idx3-ubyte.gz'.

/*
## Break it
    dotnet run workshop/06-project.cs -- --break

With `--break` the data set has the absolute path of its author's folder. That worked for her. Here it ends with an error; worse would be an old
copy of the data at that place.

## Answer
"perceptron" stands in one line of each of the two, where the model is created, and "mnist" in two. In the project a new model touches none of the existing files.

## In Regimen
[`ModelAttribute`](../src/Regimen/Models/ModelAttribute.cs) gives a class a name, and
[`ComponentCatalog`](../src/Regimen.Experiments/Catalog/ComponentCatalog.cs) finds it: `regimen train model=NAME`. Its options become config keys, which is step 07.
[docs/extending.md](../docs/extending.md) has a model, a data set and the other parts, one file each, and `dotnet new regimen` makes a project of this layout.
*/
