using System.Text;
using System.Text.Json.Nodes;
using Regimen.Catalog;
using Regimen.Data;
using Regimen.Experiments;
using Regimen.Loading;
using Regimen.Models;
using Regimen.Tests.TestKit;
using TorchSharp;
using static TorchSharp.torch;

namespace Regimen.Tests.Models;

public sealed class TabularTests
{
    private static readonly ModelContext Table = new()
    {
        Inputs = [Field.Inputs(new SampleShape(3)), Category("town", 7), Category("kind", 41)],
        Outputs = 5,
    };

    [Fact]
    public void Each_category_has_an_embedding_and_the_layers_have_the_names_of_mlp()
    {
        using var model = new Tabular(new TabularOptions { Hidden = [9, 4], EmbeddingDim = 6, Dropout = 0.1 }, Table);
        Assert.Equal(
            [
                ("embeddings.0.weight", "7,6"), ("embeddings.1.weight", "41,6"), ("fc1.weight", "9,15"), ("fc1.bias", "9"), ("fc2.weight", "4,9"), ("fc2.bias", "4"),
                ("fc3.weight", "5,4"), ("fc3.bias", "5"),
            ],
            model.named_parameters().Select(p => (p.name, string.Join(',', p.parameter.shape))));
    }

    [Theory]
    [InlineData(2, 2)]
    [InlineData(7, 5)]
    [InlineData(1000, 77)]
    [InlineData(1_000_000, 600)]
    public void The_default_size_of_an_embedding_follows_from_the_number_of_codes(int codes, int size) => Assert.Equal(size, Tabular.DefaultDim(codes));

    [Fact]
    public void Output_equals_the_formula_and_unknown_categories_start_at_0()
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable quiet = no_grad();
        using var model = new Tabular(new TabularOptions { Hidden = [11], EmbeddingDim = 2 }, Table);
        Tensor numbers = randn(4, 3);
        Tensor towns = tensor([0L, 6, 3, 3]);
        Tensor kinds = tensor([40L, 0, 7, 39]);
        using var batch = new Batch([new("kind", kinds), new(Field.Input, numbers), new("town", towns)], 4);
        Dictionary<string, Tensor> w = model.state_dict();
        Tensor rows = cat([numbers, w["embeddings.0.weight"][towns], w["embeddings.1.weight"][kinds]], 1);
        Tensor hidden = rows.matmul(w["fc1.weight"].t()).add(w["fc1.bias"]).clamp_min(0);
        Tensor expected = hidden.matmul(w["fc2.weight"].t()).add(w["fc2.bias"]);
        Assert.True(allclose(expected, model.call(batch), rtol: 1e-5, atol: 1e-6));
        Assert.Equal(0, w["embeddings.0.weight"][0].abs().sum().item<float>());
        Start.IsUniform(w["embeddings.1.weight"][1..], 0.05);
    }

    [Fact]
    public void Data_without_categories_and_other_integers_are_an_error()
    {
        Problem problem = Refused(Field.Inputs(new SampleShape(3)));
        Assert.Equal(("The model 'tabular' needs categories, and this data has none", "input float32 [3]"), (problem.Message, problem.Received));
        Assert.Contains("data.categories=codes", problem.Hint, StringComparison.Ordinal);
        Assert.Equal("The model 'tabular' does not support these inputs", Refused(Field.Tokens("tokens", 5, 9)).Message);
        Assert.Equal("The model 'tabular' does not support these inputs", Refused(Category("a", 3) with { Cardinality = null }).Message);

        static Problem Refused(Field field)
            => Assert.Single(Assert.Throws<RequestException>(() => new Tabular(new TabularOptions(), new ModelContext { Inputs = [field], Outputs = 2 })).Problems);
    }

    /// <summary>The signal is in categories of many values: embeddings find it, one-hot inputs do not.</summary>
    [Fact]
    public void It_beats_a_perceptron_of_one_hot_inputs_where_the_signal_is_in_many_categories()
    {
        using var project = new ProjectFolder();
        project.Folder.Write("sales.csv", Encoding.UTF8.GetBytes(Tables.Sales(rows: 6001, categories: 150)));
        string[] common =
        [
            "train", "data=csv", $"data.path={project.Folder["sales.csv"]}", "data.target=[sold]", "optimizer.lr=0.01", "trainer.epochs=14",
            "early_stopping.patience=14", "data.unknown=zeros", "threads=1", "--json",
        ];
        double oneHot = Accuracy("model=mlp", "model.hidden=[128,64]", "data.max_categories=150");
        double embedded = Accuracy("model=tabular", "model.hidden=[128,64]", "data.categories=codes");
        Assert.True(embedded > 0.75 && embedded > oneHot + 0.1, $"{embedded} and {oneHot}");

        double Accuracy(params string[] model) => project.Do([.. common, .. model]).Ends(0).Json["test"]!["accuracy"]!.GetValue<double>();
    }

    [Fact]
    public void Perceptrons_refuse_category_codes_with_both_remedies()
    {
        using var project = new ProjectFolder();
        project.Folder.Write("houses.csv", Encoding.UTF8.GetBytes(Tables.Houses(50)));
        CommandOutput output = project.Do("train", "data=csv", $"data.path={project.Folder["houses.csv"]}", "data.target=[town]", "data.categorical=[age]", "data.unknown=zeros", "data.categories=codes").Ends(2);
        Assert.Contains("choose model=tabular", output.Error, StringComparison.Ordinal);
        Assert.Contains("data.categories=one_hot", output.Error, StringComparison.Ordinal);
    }

    /// <summary>A run is verified, and its model file alone encodes a row of text and gives the run's logits, bit for bit.</summary>
    [Fact]
    public void A_run_is_verified_and_its_model_opens_without_the_table()
    {
        using var project = new ProjectFolder();
        string[] rows = Tables.Sales(rows: 90, categories: 7).TrimEnd().Split('\n');
        project.Folder.Write("sales.csv", Encoding.UTF8.GetBytes(string.Join('\n', rows[..70])));
        project.Folder.Write("test.csv", Encoding.UTF8.GetBytes(string.Join('\n', [rows[0], .. rows[70..]])));
        rows = rows[70..];
        project.Do(
            "train", "data=csv", $"data.path={project.Folder["sales.csv"]}", $"data.test_path={project.Folder["test.csv"]}", "data.target=[sold]", "data.categories=codes", "model=tabular", "model.hidden=[9,4]", "trainer.epochs=2",
            "data.unknown=zeros").Ends(0);
        project.Do("verify", "latest").Ends(0);
        double recorded = project.Do("evaluate", "latest", "--json").Ends(0).Json["loss"]!.GetValue<double>();
        TrainedModel trained = TrainedModel.Find(project.Run, project.Runs, project.Folder.FullPath);
        Tensor expected;
        using (Experiment experiment = trained.Load(ComponentCatalog.From()))
        {
            experiment.Model.eval();
            using DataLoader loader = experiment.EvaluationLoader("test");
            using IDisposable noGrad = no_grad();
            Batch batch = loader.InOrder(TestContext.Current.CancellationToken).First();
            expected = ((nn.Module<Batch, Tensor>)experiment.Model).call(batch).clone();
            Assert.Equal(recorded, nn.functional.cross_entropy(expected, batch.Target).item<float>(), 1e-6);
        }

        File.Delete(project.Folder["sales.csv"]);
        File.Delete(project.Folder["test.csv"]);
        using OpenModel open = trained.Open(ComponentCatalog.From());
        var encoder = TableRowEncoder.FromJson((JsonObject)open.Preprocessing[0]!);
        Assert.Equal(encoder.Fields, open.Context.Inputs);
        var input = new float[rows.Length * encoder.InputWidth];
        var codes = new long[rows.Length * encoder.CodeCount];
        for (int i = 0; i < rows.Length; i++)
        {
            encoder.Encode(rows[i].Split(',')[..3], input.AsSpan(i * encoder.InputWidth, encoder.InputWidth), codes.AsSpan(i * encoder.CodeCount, encoder.CodeCount));
        }

        using Tensor columns = tensor(codes, rows.Length, encoder.CodeCount);
        using var encoded = new Batch(
            [new(Field.Input, tensor(input, rows.Length, encoder.InputWidth)), new("store", columns[.., 0].contiguous()), new("item", columns[.., 1].contiguous())], rows.Length);
        using (no_grad())
        {
            Assert.True(((nn.Module<Batch, Tensor>)open.Model).call(encoded).eq(expected).all().ToBoolean());
        }
    }

    private static Field Category(string name, int codes) => new(name, SampleShape.Scalar, ElementType.Int64) { Cardinality = codes };
}
