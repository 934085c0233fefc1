#:project lib/Workshop.csproj
using System.Globalization;
using Regimen.App;
using Regimen.App.Hosting;
using TorchSharp;
using Workshop;
using Workshop.Built;
using static TorchSharp.torch;

using Page page = Page.Start(args);

/*
# Configs

Until now the numbers of a training were in its code: the batch size, the learning rate, the width of the model. To try another number, one edits
the program. A week later nobody knows with which numbers a result was made. So the numbers leave the code. They go into files, and a
command can change each of them for one run.

## Think first
A program reads its settings from its arguments: `model.hidden=256`. You type `model.hiden=256`, with one d. What should the program do: ignore it,
warn, or end? What does each cost you?

## New since step 06
- The numbers are in `workshop/configs`: one file of defaults, and a folder for each **group** of settings that belong together.
- `Config.Compose` at the end of this file merges the files and the arguments.
- `Settings` is a record with a type and a bound for each number. A program can't start with a setting that is unknown or wrong.

## The files
A line `key: value` sets a number. A line `model: small` chooses the file `model/small.yaml`. To add a model to the program, one adds a file.
(YAML can do more: lists, and groups within groups. This is enough here.)
*/
foreach (string file in Directory.GetFiles("workshop/configs", "*.yaml", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
{
    Console.WriteLine(Path.GetRelativePath("workshop/configs", file).Replace('\\', '/'));
    foreach (string line in File.ReadLines(file).Where(l => !l.StartsWith('#')))
    {
        Console.WriteLine($"    {line}");
    }
}
//> model/small.yaml
//>     hidden: 16
//> model/wide.yaml
//>     hidden: 256
//> optimizer/momentum.yaml
//>     lr: 0.02
//>     momentum: 0.9
//> optimizer/sgd.yaml
//>     lr: 0.05
//>     momentum: 0
//> train.yaml
//>     seed: 42
//>     batch_size: 64
//>     steps: 300
//>     model: small
//>     optimizer: sgd

/*
## Layers
The value of a key comes from the last layer that sets it: the defaults, then the files of the chosen groups, then the arguments. Beside each value stands
where it came from. When a run surprises you, this list is what you look at first.
*/
void Show(params string[] arguments)
{
    Console.WriteLine($"train {string.Join(" ", arguments)}".TrimEnd());
    foreach ((string key, Value value) in Config.Compose("workshop/configs", arguments))
    {
        Console.WriteLine($"    {key,-18} {value.Text,-6} {value.Source}");
    }
}

Show();
Show("model=wide", "optimizer=momentum", "optimizer.lr=0.01");
//> train
//>     batch_size         64     train.yaml
//>     model.hidden       16     model/small.yaml
//>     optimizer.lr       0.05   optimizer/sgd.yaml
//>     optimizer.momentum 0      optimizer/sgd.yaml
//>     seed               42     train.yaml
//>     steps              300    train.yaml
//> train model=wide optimizer=momentum optimizer.lr=0.01
//>     batch_size         64     train.yaml
//>     model.hidden       256    model/wide.yaml
//>     optimizer.lr       0.01   argument
//>     optimizer.momentum 0.9    optimizer/momentum.yaml
//>     seed               42     train.yaml
//>     steps              300    train.yaml

/*
## From text to numbers
A config is text. `Settings.From` turns it into numbers once, at the beginning, and checks each: is it a number, and is it within its bounds? After
that the program uses `settings.LearningRate`, which the compiler checks. Then it trains.

The function `Train` is the loop of step 04, for some steps only, followed by the accuracy on the test set of step 05. All its numbers come
from the settings.
*/
Settings small = Settings.From(Config.Compose("workshop/configs", []));
Settings wide = Settings.From(Config.Compose("workshop/configs", ["model=wide", "optimizer=momentum"]));
Console.WriteLine($"{small}: {Train(small):0.0} %");
Console.WriteLine($"{wide}: {Train(wide):0.0} %");
//> Settings { Seed = 42, BatchSize = 64, Steps = 300, Hidden = 16, LearningRate = 0.05, Momentum = 0 }: 89.7 %
//> Settings { Seed = 42, BatchSize = 64, Steps = 300, Hidden = 256, LearningRate = 0.02, Momentum = 0.9 }: 94.2 %

/*
## What to look at
Now the typing error. The message says what is wrong, what would be right, and what you probably meant. All errors are reported at once, before the data is
read: a training that fails after an hour because of a wrong last argument has cost an hour.
*/
foreach (string[] arguments in (string[][])[["model.hiden=256"], ["optimizer.lr=fast", "batch_size=0"], ["model=huge"]])
{
    try
    {
        Settings settings = Settings.From(Config.Compose("workshop/configs", arguments, acceptUnknownKeys: page.IsBroken));
        Console.WriteLine($"{string.Join(" ", arguments)} trains: {settings}: {Train(settings):0.0} %");
    }
    catch (ConfigException exception)
    {
        Console.WriteLine(exception.Message);
    }
}
//> model.hiden=256: unknown key; did you mean model.hidden?
//> batch_size=0: expected a number from 1 to 60000
//> optimizer.lr=fast: expected a number from 1E-06 to 10
//> model=huge: unknown choice; expected one of small, wide
//! model.hiden=256 trains: Settings { Seed = 42, BatchSize = 64, Steps = 300, Hidden = 16, LearningRate = 0.05, Momentum = 0 }: 89.7 %
//! batch_size=0: expected a number from 1 to 60000
//! optimizer.lr=fast: expected a number from 1E-06 to 10
//! model=huge: unknown choice; expected one of small, wide

/*
## The same in Regimen
`regimen train` does this with the folder `configs`. The two lines below run the command in this program: first it prints a config with the
source of each value (only the group `optimizer` is shown here), then it refuses a typing error.
*/
async Task Regimen(string shown, params string[] arguments)
{
    using var output = new StringWriter();
    var host = new AppHost { Out = output, Error = output, Console = AppHost.OfProcess().Console, IsTerminal = false, WorkingDirectory = Page.Root };
    int exitCode = await RegimenApp.RunAsync(arguments, host);
    Console.WriteLine($"regimen {string.Join(" ", arguments)}");
    foreach (string line in output.ToString().Split('\n').Where(l => l.Contains(shown, StringComparison.Ordinal) && l.Length > 0))
    {
        Console.WriteLine($"    {line}");
    }

    Console.WriteLine($"    exit code {exitCode}");
}

await Regimen("optimizer.", "train", "--print-config", "optimizer=sgd", "optimizer.lr=0.01");
await Regimen("", "train", "model.hiden=256");
//> regimen train --print-config optimizer=sgd optimizer.lr=0.01
//>     optimizer.name                   sgd                                       configs/optimizer/sgd.yaml(…)
//>     optimizer.lr                     0.01                                      optimizer.lr=0.01
//>     optimizer.weight_decay           0                                         configs/optimizer/sgd.yaml(…)
//>     optimizer.exclude_bias_and_norm  false                                     configs/optimizer/sgd.yaml(…)
//>     optimizer.rules                  []                                        default
//>     optimizer.momentum               0                                         configs/optimizer/sgd.yaml(…)
//>     optimizer.nesterov               false                                     configs/optimizer/sgd.yaml(…)
//>     exit code 0
//> regimen train model.hiden=256
//>     error: model.hiden=256: Unknown key `hiden` in model=mlp
//>       expected one of hidden, activation, dropout, norm; received hiden
//>       Did you mean `hidden`?
//>     exit code 2

/*
## Break it
    dotnet run workshop/07-configs.cs -- --break

With `--break` an unknown key is accepted, as a dictionary or `argparse` with `parse_known_args` would. `model.hiden=256` then trains the small model, and
the result is that of the defaults, to the last digit. You would write into your table that 256 hidden units are no better than 16, and
never find out. A warning would not help: it scrolls away, and in a sweep nobody reads a hundred logs.

## Answer
End, before anything else. A refused command costs two seconds. An ignored one costs a wrong result that looks like a right one.

## In Regimen
[`ConfigComposer`](../src/Regimen.Experiments/Configuration/Composition/ConfigComposer.cs) merges the layers, and
[`UnknownKeys`](../src/Regimen.Experiments/Configuration/Composition/UnknownKeys.cs) finds the key that was meant.
[`OptionsShape`](../src/Regimen.Experiments/Configuration/Schema/OptionsShape.cs) turns a C# record into keys: each property is a key, its type and its
`[Range]` are the check, its comment is the help. [docs/configs.md](../docs/configs.md) describes all of it.
*/

double Train(Settings settings)
{
    var train = new MnistDataset("data/mnist", isTraining: true);
    var test = new MnistDataset("data/mnist", isTraining: false);

    // One thread: for so small a model a second one only costs time. Step 08 shows what else depends on it.
    set_num_threads(1);
    random.manual_seed(settings.Seed);
    using var model = new Perceptron(settings.Hidden);
    using optim.Optimizer optimizer = optim.SGD(model.parameters(), settings.LearningRate, settings.Momentum);
    foreach ((Tensor input, Tensor target) in new Batches(train.Images, train.Labels, settings.BatchSize, settings.Seed).Epoch(1).Take(settings.Steps))
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor loss = nn.functional.cross_entropy(model.call(input), target);
        optimizer.zero_grad();
        loss.backward();
        optimizer.step();
    }

    using IDisposable quiet = no_grad();
    long right = 0;
    foreach ((Tensor input, Tensor target) in new Batches(test.Images, test.Labels, size: 1000, seed: 0, shuffle: false).Epoch(1))
    {
        using DisposeScope scope = NewDisposeScope();
        right += (model.call(input).argmax(1) == target).sum().item<long>();
    }

    return right * 100.0 / test.Count;
}

/// <summary>The value of a key as text, and the file or argument that it comes from.</summary>
internal sealed record Value(string Text, string Source);

/// <summary>Errors in a config, one on each line.</summary>
internal sealed class ConfigException(IEnumerable<string> problems) : Exception(string.Join('\n', problems));

/// <summary>Merges files and arguments to a config.</summary>
internal static class Config
{
    /// <summary>Returns the value of each key.</summary>
    /// <param name="folder">The folder with train.yaml, and a folder for each group.</param>
    /// <param name="arguments">Changes: <c>group=name</c> or <c>key=value</c>.</param>
    /// <param name="acceptUnknownKeys">Whether a key that no file has is accepted.</param>
    /// <exception cref="ConfigException">An argument is wrong.</exception>
    public static SortedDictionary<string, Value> Compose(string folder, string[] arguments, bool acceptUnknownKeys = false)
    {
        var config = new SortedDictionary<string, Value>(StringComparer.Ordinal);
        var problems = new List<string>();
        List<(string Key, string Text)> changes = [.. arguments.Select(a => a.Split('=', 2)).Select(a => (a[0], a.Length == 2 ? a[1] : ""))];
        foreach ((string key, string text) in Read(Path.Combine(folder, "train.yaml")))
        {
            if (!Directory.Exists(Path.Combine(folder, key)))
            {
                config[key] = new Value(text, "train.yaml");
                continue;
            }

            // The key is a group: the argument `model=wide` chooses another of its files.
            string choice = changes.Where(c => c.Key == key).Select(c => c.Text).LastOrDefault(text);
            string file = Path.Combine(folder, key, $"{choice}.yaml");
            if (!File.Exists(file))
            {
                IEnumerable<string> choices = Directory.GetFiles(Path.Combine(folder, key)).Select(f => Path.GetFileNameWithoutExtension(f)).Order(StringComparer.Ordinal);
                problems.Add($"{key}={choice}: unknown choice; expected one of {string.Join(", ", choices)}");
                continue;
            }

            foreach ((string inner, string value) in Read(file))
            {
                config[$"{key}.{inner}"] = new Value(value, $"{key}/{choice}.yaml");
            }
        }

        foreach ((string key, string text) in changes.Where(c => !Directory.Exists(Path.Combine(folder, c.Key))))
        {
            if (!config.ContainsKey(key) && !acceptUnknownKeys)
            {
                problems.Add($"{key}={text}: unknown key; did you mean {config.Keys.MinBy(k => Edits(k, key))}?");
                continue;
            }

            config[key] = new Value(text, "argument");
        }

        return problems.Count == 0 ? config : throw new ConfigException(problems);
    }

    /// <summary>The lines <c>key: value</c> of a file.</summary>
    private static IEnumerable<(string Key, string Text)> Read(string file)
        => File.ReadLines(file).Where(l => l.Length > 0 && !l.StartsWith('#')).Select(l => l.Split(": ", 2)).Select(l => (l[0], l[1]));

    /// <summary>The smallest number of letters to insert, delete or replace to get from one word to another (Levenshtein distance).</summary>
    private static int Edits(string from, string to)
    {
        int[] row = [.. Enumerable.Range(0, to.Length + 1)];
        for (int i = 1; i <= from.Length; i++)
        {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= to.Length; j++)
            {
                int replaced = diagonal + (from[i - 1] == to[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(replaced, 1 + Math.Min(row[j], row[j - 1]));
            }
        }

        return row[^1];
    }
}

/// <summary>The settings of a training, as numbers.</summary>
internal sealed record Settings(int Seed, int BatchSize, int Steps, int Hidden, double LearningRate, double Momentum)
{
    /// <summary>Reads and checks a config.</summary>
    /// <exception cref="ConfigException">A value is not a number, or out of its bounds.</exception>
    public static Settings From(IReadOnlyDictionary<string, Value> config)
    {
        var problems = new List<string>();
        var settings = new Settings(
            Seed: (int)Number("seed", 0, int.MaxValue),
            BatchSize: (int)Number("batch_size", 1, 60_000),
            Steps: (int)Number("steps", 1, 1_000_000),
            Hidden: (int)Number("model.hidden", 1, 10_000),
            LearningRate: Number("optimizer.lr", 1e-6, 10),
            Momentum: Number("optimizer.momentum", 0, 0.999));
        return problems.Count == 0 ? settings : throw new ConfigException(problems);

        double Number(string key, double from, double to)
        {
            string text = config[key].Text;
            if (double.TryParse(text, CultureInfo.InvariantCulture, out double value) && value >= from && value <= to)
            {
                return value;
            }

            problems.Add(string.Create(CultureInfo.InvariantCulture, $"{key}={text}: expected a number from {from} to {to}"));
            return from;
        }
    }
}
