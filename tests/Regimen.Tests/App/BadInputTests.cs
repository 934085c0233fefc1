using System.Text.Json.Nodes;
using Regimen.Tests.TestKit;

namespace Regimen.Tests.App;

/// <summary>Tests that a wrong request is refused with a short message and exit code 2, and leaves no files.</summary>
public sealed class BadInputTests : IDisposable
{
    private const string Images = "data/mnist/train-images-idx3-ubyte";
    private const string Labels = "data/mnist/train-labels-idx1-ubyte";

    /// <summary>The arguments or the damage to the data, and the texts that the error must contain.</summary>
    private static readonly Dictionary<string, Case> Cases = new()
    {
        ["data root missing"] = new("train data.root=no/such/folder", ["no/such/folder", "The data folder does not exist", "data.root="]),
        ["a file missing"] = new("train", ["train-images-idx3-ubyte"], p => File.Delete(p.Folder[Images])),
        ["truncated idx"] = new("train", ["train-images-idx3-ubyte", "235216", "235215"], p => Cut(p, Images, 1)),
        ["trailing bytes"] = new("train", ["train-labels-idx1-ubyte", "308", "309"], p => File.AppendAllText(p.Folder[Labels], "x")),
        ["empty idx"] = new("train", ["train-images-idx3-ubyte", "empty"], p => p.Folder.Write(Images, [])),
        ["wrong magic"] = new("train", ["train-images-idx3-ubyte", "byte 0"], p => p.Folder.Write(Images, "PNG is another format"u8)),
        ["corrupt gzip"] = new("train", ["train-images-idx3-ubyte.gz", "gzip"], Corrupt),
        ["truncated gzip"] = new("train", ["train-images-idx3-ubyte.gz", "truncated", "235216 bytes"], Shorten),
        ["label out of range"] = new("train", ["train-labels-idx1-ubyte", "10", "0 to 9", "byte 25"], p => p.Folder.Write(Labels, TinyMnist.Labels(TinyMnist.Train, wrong: 10))),
        ["fewer labels than images"] = new("train", ["train-labels-idx1-ubyte", "299", "300"], p => p.Folder.Write(Labels, TinyMnist.Labels(TinyMnist.Train - 1))),
        ["batch size 0"] = new("train loader.batch_size=0", ["loader.batch_size", "a whole number from 1", "0"]),
        ["batch size -3"] = new("train loader.batch_size=-3", ["loader.batch_size", "a whole number from 1", "-3"]),
        ["batch size abc"] = new("train loader.batch_size=abc", ["loader.batch_size", "whole number", "abc"]),
        ["batch size above the training set"] = new("train loader.batch_size=241", ["loader.batch_size", "240", "241"]),
        ["lr -1"] = new("train optimizer.lr=-1", ["optimizer.lr", "a number above 0", "-1"]),
        ["lr 0"] = new("train optimizer.lr=0", ["optimizer.lr", "a number above 0"]),
        ["lr nan"] = new("train optimizer.lr=nan", ["optimizer.lr", "nan"]),
        ["lr infinite"] = new("train optimizer.lr=1e999", ["optimizer.lr", "1e999"]),
        ["unknown model"] = new("train model=mpl", ["model=mpl", "one of cnn, gpt", "Did you mean `mlp`?"]),
        ["unknown key"] = new("train optimizer.learning_rate=0.1", ["optimizer.learning_rate", "one of lr,"]),
        ["unknown key of a model"] = new("train model.hiden=64", ["model.hiden", "Did you mean `hidden`?"]),
        ["several at once"] = new("train optimizer.lr=-1 model.hiden=64", ["optimizer.lr", "Did you mean `hidden`?"]) { Problems = 2 },
        ["unknown command"] = new("trian model=cnn --quiet", ["regimen", "trian", "Did you mean `train`?"]),
        ["unknown option"] = new("train --nonsense", ["regimen train", "--nonsense"]),
        ["unknown option of evaluate"] = new("evaluate latest --nonsense", ["regimen evaluate", "--nonsense"]),
        ["no run to evaluate"] = new("evaluate", ["regimen evaluate"]),
        ["a response file"] = new("train @file", ["@file"]),
        ["not a key"] = new("train lr", ["lr"]),
        ["early stopping on an unknown metric"] = new("train early_stopping.monitor=val.acuracy", ["early_stopping.monitor", "val.acuracy", "val.accuracy"]),
        ["nesterov without momentum"] = new("train optimizer=sgd optimizer.nesterov=true", ["optimizer.nesterov", "optimizer.momentum"]),
        ["a config that is not there"] = new("train --config nowhere.yaml", ["nowhere.yaml"]),
        ["runs is a file"] = new("train runs=taken", ["taken", "runs="], p => p.Folder.Write("taken", "x"u8)),
        ["device=cuda:x"] = new("train device=cuda:x", ["device", "cuda:N", "cuda:x", "as in cuda:0"]),
        ["device=cuda"] = new("train device=cuda", ["device", "cuda", "regimen doctor"]),
        ["no validation for early stopping"] = new("train data.validation_fraction=0", ["early_stopping", "val"]),
        ["no part for validation"] = new("train data.limit=1", ["data.validation_fraction"]),
    };

    private readonly ProjectFolder _project = new();

    public static TheoryData<string> Names => [.. Cases.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Is_refused_with_exit_code_2_and_a_message(string name)
    {
        Case wrong = Cases[name];
        SkipWhereTheDeviceIs(name);
        wrong.Prepare?.Invoke(_project);
        CommandOutput output = _project.Do(Arguments(wrong)).Ends(2);

        Assert.Empty(output.Out);
        string[] problems = ('\n' + output.Error.TrimEnd('\n')).Split("\nerror: ");
        Assert.Empty(problems[0]);
        Assert.Equal(wrong.Problems, problems.Length - 1);
        Assert.All(problems.Skip(1).Select(p => p.Split('\n')), lines =>
        {
            Assert.InRange(lines.Length, 1, 3);
            Assert.All(lines.Skip(1), l => Assert.StartsWith("  ", l, StringComparison.Ordinal));
        });
        Assert.All(wrong.Says, word => Assert.Contains(word, output.Error, StringComparison.Ordinal));
        Assert.DoesNotContain("   at ", output.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_project.Runs), "a folder for runs was created");
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Is_reported_as_JSON_with_the_json_option(string name)
    {
        Case wrong = Cases[name];
        SkipWhereTheDeviceIs(name);
        wrong.Prepare?.Invoke(_project);
        CommandOutput output = _project.Do([.. Arguments(wrong), "--json"]).Ends(2);

        Assert.Empty(output.Error);
        JsonObject document = output.Json.AsObject();
        Assert.Equal(["errors"], document.Select(p => p.Key));
        JsonArray errors = document["errors"]!.AsArray();
        Assert.Equal(wrong.Problems, errors.Count);
        Assert.All(errors, e => Assert.Equal(["message", "where", "expected", "received", "hint"], e!.AsObject().Select(p => p.Key)));
        Assert.All(errors, e => Assert.NotEmpty(e!["message"]!.GetValue<string>()));
        string all = string.Join('\n', errors.SelectMany(e => e!.AsObject().Select(p => p.Value?.GetValue<string>())));
        Assert.All(wrong.Says, word => Assert.Contains(word, all, StringComparison.Ordinal));
        Assert.False(Directory.Exists(_project.Runs), "a folder for runs was created");
    }

    [Fact]
    public void A_runs_folder_that_is_not_writable_is_refused_before_training()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Linux has a folder where no user can create a file.");
        CommandOutput output = _project.Train("runs=/proc/self/runs").Ends(2);
        Assert.StartsWith("error: /proc/self/runs: The run's folder can't be created", output.Error, StringComparison.Ordinal);
        Assert.Contains("runs=FOLDER", output.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_batch_of_the_whole_training_set_and_a_larger_evaluation_batch_are_accepted()
        => _project.Train("loader.batch_size=240", "loader.eval_batch_size=5000", "--quiet").Ends(0);

    public void Dispose() => _project.Dispose();

    /// <summary>Of the commands here only train needs the data folder.</summary>
    private string[] Arguments(Case wrong)
    {
        string[] args = wrong.Arguments.Split(' ');
        return args[0] == "train" && !wrong.Arguments.Contains("data.root=", StringComparison.Ordinal) ? [.. args, $"data.root={_project.Data}"] : args;
    }

    private static void SkipWhereTheDeviceIs(string name)
        => Assert.SkipWhen(name == "device=cuda" && TorchSharp.torch.cuda.is_available(), "this machine has a CUDA device");

    private static void Cut(ProjectFolder project, string file, int bytes)
    {
        using FileStream stream = File.OpenWrite(project.Folder[file]);
        stream.SetLength(stream.Length - bytes);
    }

    private static void Corrupt(ProjectFolder project)
    {
        byte[] packed = Pack(project);
        packed[packed.Length / 2] ^= 0xFF;
        packed[^5] ^= 0xFF;
        project.Folder.Write(Images + ".gz", packed);
    }

    private static void Shorten(ProjectFolder project)
    {
        byte[] packed = Pack(project);
        project.Folder.Write(Images + ".gz", packed.AsSpan(..^100));
    }

    private static byte[] Pack(ProjectFolder project)
    {
        byte[] packed = IdxBytes.Packed(File.ReadAllBytes(project.Folder[Images]));
        File.Delete(project.Folder[Images]);
        return packed;
    }

    /// <summary>A wrong request.</summary>
    /// <param name="Arguments">The command line, separated by spaces.</param>
    /// <param name="Says">The texts that the error must contain.</param>
    /// <param name="Prepare">Changes the project before the command.</param>
    private sealed record Case(string Arguments, string[] Says, Action<ProjectFolder>? Prepare = null)
    {
        /// <summary>The expected number of problems.</summary>
        public int Problems { get; init; } = 1;
    }
}
