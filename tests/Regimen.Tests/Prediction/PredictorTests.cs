using Regimen.Catalog;
using Regimen.Data;
using Regimen.Engine;
using Regimen.Evaluation;
using Regimen.Experiments;
using Regimen.Loading;
using Regimen.Prediction;
using Regimen.Tests.TestKit;
using TorchSharp;
using static TorchSharp.torch;

namespace Regimen.Tests.Prediction;

/// <summary>Tests that a predictor gives the numbers of <c>evaluate</c>, from the model's file alone.</summary>
public sealed class PredictorTests : IDisposable
{
    private readonly ProjectFolder _project = new();

    [Theory]
    [InlineData("model=mlp", "model.hidden=9", "threads=1")]
    [InlineData("model=mlp", "model.hidden=33", "threads=2")]
    [InlineData("model=cnn", "threads=2", "transforms.train=[{name: resize, size: [14, 11]}]", "transforms.eval=[{name: resize, size: [14, 11]}]")]
    public void Outputs_of_images_are_those_of_the_evaluation_byte_for_byte(params string[] config)
    {
        _project.Train(["trainer.epochs=1", "loader.eval_batch_size=37", .. config]).Ends(0);
        List<float[]> expected = Evaluated(out IDataset test);
        Directory.Delete(_project.Data, recursive: true);
        Threads.Use(1);

        using var predictor = Predictor.Open(Path.Combine(_project.Runs, "latest"));
        Assert.Equal(expected, predictor.Predict(test).Select(p => p.Outputs.ToArray()));
        Assert.Equal(1, Threads.Current);
    }

    [Fact]
    public void Rows_of_a_table_have_the_outputs_of_the_evaluation_in_the_targets_units()
    {
        string table = _project.Folder["houses.csv"];
        File.WriteAllText(table, Tables.ExpensiveHouses(203));
        _project.Do("train", $"data.path={table}", "data=csv", "data.target=[price]", "objective=mse", "trainer.epochs=2", "threads=1").Ends(0);
        List<float[]> expected = Evaluated(out IDataset test);
        string[] lines = File.ReadAllLines(table);
        using var predictor = Predictor.Open("latest", new PredictorOptions { Runs = _project.Runs });
        Assert.Equal(["area", "age", "town"], predictor.Columns);
        Assert.Equal(expected, predictor.Predict(test).Select(p => p.Outputs.ToArray()));

        // The rows of the test split are found by their outputs: all rows are predicted, and the split is among them.
        Dictionary<string, object?>[] rows =
        [
            .. lines.Skip(1).Select(l => l.Split(',')).Select(c => new Dictionary<string, object?>
            {
                ["town"] = c[2], ["age"] = int.Parse(c[1]), ["area"] = double.Parse(c[0], System.Globalization.CultureInfo.InvariantCulture), ["price"] = "none",
            }),
        ];
        IReadOnlyList<PredictionResult> all = predictor.PredictRows(rows);
        Assert.All(expected, e => Assert.Contains(all, p => Math.Abs(p.Outputs[0] - e[0]) <= 1e-6));
        Assert.All(all, p => Assert.InRange(p.Values.Single(), 1_000, 10_000_000));
        Assert.Equal(predictor.PredictRow(["97.5", "12", "Kiel"]).Values, predictor.PredictRow(new Dictionary<string, object?> { ["area"] = 97.5, ["age"] = 12L, ["town"] = "Kiel" }).Values);
        Assert.Null(all[0].Class);
        Assert.Empty(all[0].Probabilities);

        RequestException missing = Assert.Throws<RequestException>(() => predictor.PredictRow(new Dictionary<string, object?> { ["area"] = 1.0, ["Town"] = "Kiel" }));
        Assert.Equal(["There is no column 'age'", "There is no column 'town'"], missing.Problems.Select(p => p.Message));
        Assert.Contains("'Atlantis'", Assert.Throws<RequestException>(() => predictor.PredictRow(["97.5", "12", "'Atlantis'"])).Message, StringComparison.Ordinal);
        Assert.Throws<RequestException>(() => predictor.PredictRow(["97.5", "12"]));
        Assert.Throws<RequestException>(() => predictor.PredictValues(1f, 2f));
    }

    [Fact]
    public void Values_of_an_array_are_normalised_as_in_the_training()
    {
        double[] inputs = [.. Enumerable.Range(0, 70 * 3).Select(i => 20_000_000 + Math.Sin(i) + (i % 3 * 5))];
        File.WriteAllBytes(_project.Folder["x.npy"], NpyBytes.Of(inputs, 70, 3));
        File.WriteAllBytes(_project.Folder["y.npy"], NpyBytes.Of(Enumerable.Range(0, 70).Select(i => (long)(i % 4)).ToArray(), 70));
        _project.Do(
            "train", "data=npy", $"data.root={_project.Folder.FullPath}", "data.x_train=x.npy", "data.y_train=y.npy", "data.x_test=x.npy", "data.y_test=y.npy",
            "data.normalize=feature", "trainer.epochs=1", "threads=1").Ends(0);
        List<float[]> expected = Evaluated(out _);
        using var predictor = Predictor.Open("latest", new PredictorOptions { Runs = _project.Runs, StableRows = true });
        for (int i = 0; i < 70; i++)
        {
            Assert.All(expected[i].Zip(predictor.PredictValues(inputs.AsSpan(i * 3, 3)).Outputs), pair => Assert.Equal(pair.First, pair.Second, 1e-5f));
        }

        Assert.Throws<RequestException>(() => predictor.PredictValues([double.NaN, 1, 2]));
        Assert.Throws<RequestException>(() => predictor.PredictImage(ImageBytes.GreyPng(2, 2, [1, 2, 3, 4])));
    }

    [Theory]
    [InlineData("model=mlp", 1)]
    [InlineData("model=mlp", 2)]
    [InlineData("model=cnn", 1)]
    [InlineData("model=cnn", 2)]
    [InlineData("model=lenet", 1)]
    [InlineData("model=lenet", 2)]
    [InlineData("model=vit", 2)]
    public void With_stable_rows_a_sample_has_the_same_bits_in_a_batch_of_any_size(string model, int threads)
    {
        _project.Train("trainer.epochs=1", model, "loader.batch_size=240").Ends(0);
        using var predictor = Predictor.Open("latest", new PredictorOptions { Runs = _project.Runs, StableRows = true, Threads = threads });
        float[] values = [.. Enumerable.Range(0, 67 * 784).Select(i => (float)((Math.Sin(i * 0.7) + 1) / 2))];
        IReadOnlyList<PredictionResult> whole = predictor.PredictBatch(values, 67);
        foreach (int size in (int[])[1, 2, 3, 7, 15, 16, 17, 33])
        {
            int first = size % 5;
            IReadOnlyList<PredictionResult> part = predictor.PredictBatch(values[(first * 784)..((first + size) * 784)], size);
            Assert.Equal(whole.Skip(first).Take(size).Select(p => p.Outputs.ToArray()), part.Select(p => p.Outputs.ToArray()));
        }
    }

    [Theory]
    [InlineData(7, 1)]
    [InlineData(784, 1)]
    [InlineData(784, 3)]
    [InlineData(2048, 17)]
    public void A_linear_layer_with_portable_bits_has_the_same_in_a_batch_of_any_size(int inputs, int outputs)
    {
        using IDisposable arithmetic = Arithmetic.Borrow(Bits.Portable);
        using var layer = new Regimen.Layers.Linear(inputs, outputs);
        using IDisposable withoutGradients = no_grad();
        foreach (int threads in (int[])[1, 2])
        {
            Threads.Use(threads);
            using DisposeScope scope = NewDisposeScope();
            Tensor rows = arange(130 * inputs, dtype: ScalarType.Float32).sin_().reshape(130, inputs);
            Tensor whole = layer.call(rows);
            foreach (int size in (int[])[1, 2, 5, 15, 16, 17, 19, 41, 65, 127])
            {
                Assert.True(layer.call(rows.narrow(0, 3, size)).eq(whole.narrow(0, 3, size)).all().ToBoolean(), $"{threads} threads, {size} rows");
            }
        }
    }

    [Fact]
    public async Task Many_threads_at_once_get_the_results_of_one()
    {
        _project.Train("trainer.epochs=1", "model=cnn", "threads=2").Ends(0);
        using var predictor = Predictor.Open("latest", new PredictorOptions { Runs = _project.Runs });
        float[][] samples = [.. Enumerable.Range(0, 12).Select(s => Enumerable.Range(0, 784).Select(i => (float)((Math.Cos((s + 1) * i) + 1) / 2)).ToArray())];
        float[][] expected = [.. samples.Select(s => predictor.PredictValues(s).Outputs.ToArray())];
        long tensors = Tensors.SettledCount();
        await Task.WhenAll(Enumerable.Range(0, 8).Select(worker => Task.Run(() =>
        {
            for (int i = 0; i < 30; i++)
            {
                int at = (worker + i) % samples.Length;
                Assert.Equal(expected[at], predictor.PredictValues(samples[at]).Outputs);
            }
        })));
        Tensors.AssertNoneLeaked(tensors);
    }

    [Fact]
    public void Classes_have_the_softmax_of_the_logits_and_the_class_of_the_metrics()
    {
        _project.Train("trainer.epochs=1").Ends(0);
        using var predictor = Predictor.Open("latest", new PredictorOptions { Runs = _project.Runs });
        PredictionResult result = predictor.PredictImage(ImageBytes.GreyPng(28, 28, [.. Enumerable.Range(0, 784).Select(i => (byte)(i * 31))]));
        double[] exponentials = [.. result.Outputs.Select(o => Math.Exp(o))];
        Assert.Equal(predictor.Classes, result.Probabilities.Keys);
        Assert.All(result.Probabilities.Values.Zip(exponentials), p => Assert.Equal(p.Second / exponentials.Sum(), p.First, 12));
        Assert.Equal(result.Outputs.Max(), result.Outputs[predictor.Classes.ToList().IndexOf(result.Class!)]);
        Assert.Equal((result.Class, result.Probability), (result.Top(3)[0].Class, result.Top(3)[0].Probability));
        Assert.Equal(3, result.Top(3).Count);
        Assert.Equal(10, result.Top(99).Count);
        Assert.Contains("28", Assert.Throws<RequestException>(() => predictor.PredictImage(ImageBytes.GreyPng(2, 2, [1, 2, 3, 4]))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Binary_probabilities_are_of_the_named_class()
    {
        string table = _project.Folder["two.csv"];
        File.WriteAllText(table, string.Join('\n', Tables.Iris(200).Split('\n').Where(l => !l.EndsWith("virginica", StringComparison.Ordinal))));
        _project.Do(
            "train", $"data.path={table}", "data=csv", "data.target=[species]", "objective=binary_cross_entropy", "objective.positive_class=setosa", "trainer.epochs=15",
            "loader.batch_size=16", "optimizer.lr=0.01").Ends(0);
        using var predictor = Predictor.Open("latest", new PredictorOptions { Runs = _project.Runs });
        PredictionResult small = predictor.PredictRow(["5.0", "3.4", "1.5", "0.2", "south"]);
        PredictionResult large = predictor.PredictRow(["5.9", "2.8", "4.3", "1.3", "north, upper"]);
        Assert.Equal(("setosa", "versicolor"), (small.Class, large.Class));
        Assert.True(small.Probability > 0.5 && small.Probabilities["setosa"] == small.Probability && large.Probabilities["setosa"] < 0.5);
        Assert.Equal(1, small.Probabilities.Values.Sum(), 12);
    }

    public void Dispose() => _project.Dispose();

    /// <summary>The outputs of the evaluation's own batches, and the test set.</summary>
    private List<float[]> Evaluated(out IDataset test)
    {
        using Experiment experiment = TrainedModel.Find("latest", _project.Runs, _project.Folder.FullPath).Load(ComponentCatalog.From());
        using DataLoader loader = experiment.EvaluationLoader("test");
        test = loader.Dataset;
        using Tensor outputs = Evaluator.Predict(experiment.Model, loader, experiment.Objective, TestContext.Current.CancellationToken);
        int size = (int)(outputs.numel() / outputs.size(0));
        float[] flat = TensorMemory.Span<float>(outputs).ToArray();
        return [.. flat.Chunk(size)];
    }
}
