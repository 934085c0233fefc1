using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Regimen.Catalog;
using Regimen.Data;
using Regimen.Datasets;
using Regimen.Experiments;
using Regimen.Safetensors;
using Regimen.Tests.TestKit;
using Regimen.Text;

namespace Regimen.Tests.Experiments;

/// <summary>Tests runs on a text, from the command to the generated text.</summary>
public sealed class TextRunTests : IDisposable
{
    private readonly ProjectFolder _project = new();

    [Theory]
    [InlineData("gpt", "model.layers=1", "model.width=32", "model.heads=2", "data.tokens=characters")]
    [InlineData("gpt", "model.layers=1", "model.width=32", "model.heads=2", "data.tokens=bpe", "data.vocabulary=280")]
    [InlineData("gru", "model.width=40")]
    public void A_model_learns_more_than_the_frequencies_of_tokens_is_verified_and_continues_a_text_from_its_file(string model, params string[] config)
    {
        string text = TinyText.Of(12_000);
        string path = _project.Folder.Write("text.txt", Encoding.UTF8.GetBytes(text));
        _project.Do(["train", "data=text", $"model={model}", $"data.path={path}", "data.context=31", "loader.batch_size=9", "optimizer.lr=0.01", "trainer.epochs=3", "threads=1", .. config]).Ends(0);
        JsonObject manifest = JsonNode.Parse(File.ReadAllText(Path.Combine(_project.Run, "run.json")))!.AsObject();
        (double unigram, _) = Reference(Load(path, config));
        double loss = manifest["val"]!["loss"]!.GetValue<double>();
        Assert.True(loss < unigram - 0.3, $"loss {loss}, unigram {unigram}");
        Assert.Equal(Math.Exp(loss), manifest["val"]!["perplexity"]!.GetValue<double>(), 1e-3);
        Assert.Contains("next_token", File.ReadAllText(Path.Combine(_project.Run, "config.yaml")), StringComparison.Ordinal);
        _project.Do("verify", "latest").Ends(0);

        File.Delete(path);
        string first = Generate(42);
        Assert.Equal(first, Generate(42));
        Assert.NotEqual(first, Generate(43));
        Assert.Contains(" the", Generate(1) + Generate(2) + Generate(3), StringComparison.Ordinal);
    }

    [Fact]
    public void A_damaged_tokenizer_in_a_file_is_refused()
    {
        string path = _project.Folder.Write("text.txt", Encoding.UTF8.GetBytes(TinyText.Of(2000)));
        _project.Do("train", "data=text", "model=gru", "model.width=4", $"data.path={path}", "data.context=9", "trainer.epochs=1").Ends(0);
        SafetensorsFile file = SafetensorsFile.Read(Directory.GetFiles(_project.Run, "model.safetensors", SearchOption.AllDirectories).First());
        var metadata = new Dictionary<string, string>(file.Metadata) { ["regimen.preprocessing"] = """[{"name":"tokenizer","kind":"bpe","merges":[[97,97],[256,999]]}]""" };
        SafetensorsWriter.Write(_project.Folder["other.safetensors"], file.Entries.Select(e => KeyValuePair.Create(e.Name, file.ToTensor(e))), metadata);
        using OpenModel open = TrainedModel.Find(_project.Folder["other.safetensors"], _project.Runs, _project.Folder.FullPath).Open(ComponentCatalog.From());
        Assert.Contains("merge 1", Assert.Throws<RequestException>(() => Tokenizer.Find(open.Preprocessing)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_data_names_its_objective_unless_a_config_chooses_one()
    {
        string path = _project.Folder.Write("text.txt", Encoding.UTF8.GetBytes(TinyText.Of(2000)));
        Assert.Contains("objective.label_smoothing  0.2", Printed("data=text", "objective.label_smoothing=0.2"), StringComparison.Ordinal);
        Assert.Matches("objective.name +next_token +data=text", Printed("data=text"));
        Assert.Matches("objective.name +mse", Printed("data=text", "objective=mse"));
        Assert.Matches("objective.name +cross_entropy", Printed("data=mnist"));
        CommandOutput refused = _project.Do("train", "data=text", $"data.path={path}", "model=gru", "objective=cross_entropy");
        refused.Ends(2);
        Assert.Contains("Choose objective=next_token", refused.Error, StringComparison.Ordinal);
        Assert.Contains("a token for each of 128 positions", refused.Error, StringComparison.Ordinal);
        Assert.Contains("Choose objective=cross_entropy", _project.Train("objective=next_token").Error, StringComparison.Ordinal);
        Assert.Contains("one input of tokens", _project.Train("model=gpt").Error, StringComparison.Ordinal);

        string Printed(params string[] arguments) => _project.Do(["train", "--print-config", .. arguments]).Out;
    }

    [Fact]
    public void Inspect_data_shows_the_text_as_tokens()
    {
        string path = _project.Folder.Write("text.txt", Encoding.UTF8.GetBytes(TinyText.Of(3000)));
        CommandOutput shown = _project.Do("inspect", "data", "data=text", $"data.path={path}", "data.tokens=bpe", "data.vocabulary=270", "data.context=17");
        shown.Ends(0);
        Assert.Contains("270 different tokens", shown.Out, StringComparison.Ordinal);
        Assert.Contains("one of 270 tokens at each of 17 positions", shown.Out, StringComparison.Ordinal);
        JsonNode document = JsonNode.Parse(_project.Do("inspect", "data", "data=text", $"data.path={path}", "data.context=17", "--json").Out)!;
        Assert.Equal(["train", "val", "test"], document["text"]!["parts"]!.AsArray().Select(p => (string)p!["part"]!));
        Assert.Equal(TinyText.Of(3000)[..17], (string)document["text"]!["sample"]!);
    }

    /// <summary>Trains <c>experiment=gpt</c> on the included text: about 10 minutes.</summary>
    [Fact]
    public void Gpt_predicts_the_included_text_better_than_any_bigram_model()
    {
        Assert.SkipUnless(Environment.GetEnvironmentVariable("REGIMEN_LONG") == "1", "trains for 10 minutes: REGIMEN_LONG=1");
        string path = Path.Combine(Repository.Root, "data", "text");
        _project.Do("train", "experiment=gpt", $"data.path={path}").Ends(0);
        double loss = JsonNode.Parse(File.ReadAllText(Path.Combine(_project.Run, "run.json")))!["val"]!["loss"]!.GetValue<double>();
        (_, double bigram) = Reference(Load(path));
        Assert.True(loss < bigram - 0.5, string.Create(CultureInfo.InvariantCulture, $"loss {loss}, bigram {bigram}"));
    }

    public void Dispose() => _project.Dispose();

    private static DataSplits Load(string path, params string[] config) => PlainText.Load(
        new PlainText.Options
        {
            Path = path,
            Context = 31,
            Tokens = config.Contains("data.tokens=bpe") ? TokenKind.Bpe : TokenKind.Characters,
            Vocabulary = 280,
        },
        new DatasetContext(42));

    /// <summary>Returns the cross-entropy of the validation part, in nats per token, by the frequencies of tokens and of pairs in the training part.
    /// 1 is added to the count of each token and, for pairs, the constant that is best for the validation part.</summary>
    private static (double Unigram, double Bigram) Reference(DataSplits data)
    {
        int vocabulary = data.Vocabulary.Count;
        double[] counts = new double[vocabulary];
        double[,] pairs = new double[vocabulary, vocabulary];
        foreach ((int token, int next) in Pairs(data.Train))
        {
            counts[token]++;
            pairs[token, next]++;
        }

        double total = counts.Sum() + vocabulary;
        double unigram = Pairs(data.Validation!).Average(p => -Math.Log((counts[p.Next] + 1) / total));
        double bigram = new[] { 0.003, 0.01, 0.03, 0.1, 0.3, 1 }.Min(k => Pairs(data.Validation!).Average(p => -Math.Log((pairs[p.Token, p.Next] + k) / (counts[p.Token] + (k * vocabulary)))));
        return (unigram, bigram);

        static List<(int Token, int Next)> Pairs(IDataset set)
        {
            (int[][] tokens, int[][] targets) = TinyText.Samples(set);
            return [.. tokens.SelectMany(t => t).Zip(targets.SelectMany(t => t))];
        }
    }

    private string Generate(ulong seed)
    {
        using OpenModel open = TrainedModel.Find(_project.Run, _project.Runs, _project.Folder.FullPath).Open(ComponentCatalog.From());
        Tokenizer tokenizer = Tokenizer.Find(open.Preprocessing)!;
        Assert.Equal(tokenizer.Vocabulary, open.Context.Vocabulary);
        return string.Concat(TextGenerator.Continue(
            open.Model, tokenizer, "river", new GenerationOptions { Tokens = 150, Seed = seed }, open.Context.InputShape.Dimensions[0], TestContext.Current.CancellationToken));
    }
}
