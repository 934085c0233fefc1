using System.Text;
using System.Text.Json.Nodes;
using Regimen.Datasets;
using Regimen.Safetensors;
using Regimen.Tests.TestKit;

namespace Regimen.Tests.App;

/// <summary>Tests the way from a user's table to a tested model, with commands only.</summary>
public sealed class TableRunTests : IDisposable
{
    private readonly ProjectFolder _project = new();

    [Fact]
    public void Iris_flowers_are_classified()
    {
        string table = Write("iris.csv", Tables.Iris(300));
        JsonNode run = Train($"data.path={table}", "data.target=[species]", "trainer.epochs=40", "loader.batch_size=16", "optimizer.lr=0.01", "--json").Json;
        Assert.True(run["test"]!["accuracy"]!.GetValue<double>() >= 0.95, run.ToJsonString());
        JsonNode measured = _project.Do("evaluate", "latest", "--json").Ends(0).Json;
        Assert.Equal(run["test"]!["loss"]!.GetValue<double>(), measured["loss"]!.GetValue<double>());
        Assert.Equal(["setosa", "versicolor", "virginica"], measured["per_class"]!.AsArray().Select(c => c!["class"]!.GetValue<string>()));
    }

    [Fact]
    public void House_prices_are_predicted_and_training_stops_by_rmse()
    {
        string table = Write("houses.csv", Tables.Houses(400));
        string[] options =
        [
            $"data.path={table}", "data.target=[price]", "data.drop=[rent]", "objective=mse", "trainer.epochs=60", "loader.batch_size=16",
            "optimizer.lr=0.01", "early_stopping.monitor=val.rmse", "early_stopping.patience=8",
        ];
        JsonNode run = Train([.. options, "--json"]).Json;
        Assert.Equal(["loss", "rmse", "mae", "r2"], run["test"]!.AsObject().Select(m => m.Key));
        Assert.True(run["test"]!["r2"]!.GetValue<double>() >= 0.95, run.ToJsonString());
        Assert.Contains("val.rmse", File.ReadAllText(Path.Combine(_project.Run, "config.yaml")), StringComparison.Ordinal);
        Assert.Contains("\"rmse\":", File.ReadAllText(Path.Combine(_project.Run, "metrics.jsonl")), StringComparison.Ordinal);

        CommandOutput evaluated = _project.Do("evaluate", "latest").Ends(0);
        Assert.Contains(evaluated.Lines, l => l.StartsWith("r2 ", StringComparison.Ordinal));
        JsonNode measured = _project.Do("evaluate", "latest", "--json").Ends(0).Json;
        Assert.Empty(measured["per_class"]!.AsArray());
        Assert.Null(measured["confusion"]);
        Assert.Equal(run["test"]!["rmse"]!.GetValue<double>(), measured["per_output"]![0]!["rmse"]!.GetValue<double>());

        CommandOutput shown = Train([.. options, "trainer.epochs=2", "runs=more"]);
        Assert.Contains("    epoch  train loss    val loss    val rmse     time", shown.Lines);
        Assert.DoesNotContain(shown.Lines, l => l.StartsWith("test r2", StringComparison.Ordinal) && l.EndsWith('%'));
    }

    [Fact]
    public void Binary_classes_use_one_output_and_labels_one_output_each()
    {
        string table = Write("two.csv", string.Join('\n', Tables.Iris(300).Split('\n').Where(l => !l.EndsWith("virginica", StringComparison.Ordinal))));
        JsonNode run = Train(
            $"data.path={table}", "data.target=[species]", "objective=binary_cross_entropy", "trainer.epochs=20", "loader.batch_size=16", "optimizer.lr=0.01",
            "early_stopping.monitor=val.auroc", "--json").Json;
        Assert.Equal(["loss", "accuracy", "precision", "recall", "f1", "auroc", "average_precision"], run["test"]!.AsObject().Select(m => m.Key));
        Assert.True(run["test"]!["auroc"]!.GetValue<double>() >= 0.95, run.ToJsonString());

        string labels = Write("labels.csv", "x,z,right,upper\n" + string.Concat(Enumerable.Range(0, 200).Select(i => FormattableString.Invariant(
            $"{(i * 37 % 200) - 99.5},{(i * 71 % 200) - 99.5},{((i * 37 % 200) > 99 ? 1 : 0)},{((i * 71 % 200) > 99 ? 1 : 0)}\n"))));
        JsonNode many = Train(
            $"data.path={labels}", "data.target=[right, upper]", "objective=multilabel_cross_entropy", "trainer.epochs=20", "loader.batch_size=16", "optimizer.lr=0.01",
            "runs=more", "--json").Json;
        Assert.True(many["test"]!["f1_macro"]!.GetValue<double>() >= 0.9, many.ToJsonString());
    }

    [Theory]
    [InlineData("null", "yes")]
    [InlineData("yes", "yes")]
    [InlineData("no", "no")]
    public void The_positive_class_of_two_is_named_and_can_be_chosen(string key, string positive)
    {
        // 39 rows, a third of them "yes".
        string table = Write("two.csv", "x,z,answer\n" + string.Concat(Enumerable.Range(0, 39).Select(i => $"{(i * 7 % 39) - 20},{i % 5},{(i * 7 % 39 < 13 ? "yes" : "no")}\n")));
        string[] options = [$"data.path={table}", "data.target=[answer]", "objective=binary_cross_entropy", $"objective.positive_class={key}", "trainer.epochs=2", "loader.batch_size=4"];
        CommandOutput shown = Train(options);
        Assert.Contains($"positive  class '{positive}'", shown.Lines);
        Assert.Equal(positive, JsonNode.Parse(File.ReadAllText(Path.Combine(_project.Run, "run.json")))!["positive_class"]!.GetValue<string>());
        Assert.Contains($"the positive class is '{positive}'", File.ReadAllText(Path.Combine(_project.Run, "train.log")), StringComparison.Ordinal);
        JsonNode measured = _project.Do("evaluate", "latest", "--json").Ends(0).Json;
        JsonNode score = measured["per_class"]!.AsArray().Single(c => c!["class"]!.GetValue<string>() == positive)!;
        Assert.Equal(positive, measured["positive_class"]!.GetValue<string>());
        Assert.Equal(score["recall"]!.GetValue<double>(), measured["recall"]!.GetValue<double>());
        _project.Do("verify", "latest").Ends(0);
    }

    [Fact]
    public void An_undefined_metric_of_the_test_set_is_shown_with_its_reason()
    {
        string table = Write("two.csv", "x,answer\n" + string.Concat(Enumerable.Range(0, 39).Select(i => $"{i % 11},{(i % 3 == 0 ? "yes" : "no")}\n")));
        string test = Write("test.csv", "x,answer\n1,no\n2,no\n3,no\n");
        string[] options = [$"data.path={table}", $"data.test_path={test}", "data.target=[answer]", "objective=binary_cross_entropy", "trainer.epochs=1", "loader.batch_size=4"];
        CommandOutput shown = Train(options);
        Assert.Contains("test auroc              undefined (every sample is of class 'no')", shown.Lines);
        Assert.DoesNotContain("NaN", shown.Out, StringComparison.Ordinal);
        Assert.Contains(_project.Do("evaluate", "latest").Ends(0).Lines, l => l.StartsWith("auroc ", StringComparison.Ordinal) && l.EndsWith("undefined (every sample is of class 'no')", StringComparison.Ordinal));
        Assert.Null(_project.Do("evaluate", "latest", "--json").Ends(0).Json["auroc"]);
        _project.Do("runs", "show", "latest").Ends(0);
    }

    [Fact]
    public void A_validation_loss_that_is_never_finite_fails_the_run_with_a_complete_record()
    {
        // With the default seed row 20 is in the validation set; the square of its target exceeds float32.
        string table = Write("numbers.csv", "x,y\n" + string.Concat(Enumerable.Range(0, 37).Select(i => $"{i % 7},{(i == 20 ? "1e30" : $"{i % 5}")}\n")));
        string test = Write("test.csv", "x,y\n1,1\n2,2\n3,3\n");
        CommandOutput output = _project.Do([
            "train", "data=csv", $"data.path={table}", $"data.test_path={test}", "data.target=[y]", "objective=mse", "trainer.epochs=2", "loader.batch_size=4", "threads=1"]).Ends(1);
        Assert.Contains("val.loss was never a finite number in 2 passes", output.Error, StringComparison.Ordinal);
        JsonNode record = JsonNode.Parse(File.ReadAllText(Path.Combine(_project.Run, "run.json")))!;
        Assert.Equal(("failed", 2), (record["status"]!.GetValue<string>(), record["epochs"]!.GetValue<int>()));
        Assert.Contains("val.loss was never", record["error"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.True(record["val"]!["rmse"]!.GetValue<double>() > 1e28);
        Assert.Contains("val.loss was never", File.ReadAllText(Path.Combine(_project.Run, "train.log")), StringComparison.Ordinal);
        Assert.Equal("failed", _project.Do("runs", "--json").Ends(0).Json[0]!["status"]!.GetValue<string>());
        _project.Do("verify", "latest").Ends(0);
        Assert.Contains("val.loss was never a finite number in 2 passes", _project.Do("resume", "latest").Ends(1).Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_test_loss_that_is_not_finite_fails_the_run_with_a_complete_record()
    {
        // The square of 1e30 exceeds float32: only the test loss is infinite.
        string table = Write("numbers.csv", "x,y\n" + string.Concat(Enumerable.Range(0, 37).Select(i => $"{i % 7},{i % 5}\n")));
        string test = Write("test.csv", "x,y\n1,1e30\n2,2\n3,3\n");
        CommandOutput output = _project.Do([
            "train", "data=csv", $"data.path={table}", $"data.test_path={test}", "data.target=[y]", "objective=mse", "trainer.epochs=2", "loader.batch_size=4", "threads=1"]).Ends(1);
        Assert.Contains("The test loss is not a finite number", output.Error, StringComparison.Ordinal);
        JsonNode record = JsonNode.Parse(File.ReadAllText(Path.Combine(_project.Run, "run.json")))!;
        Assert.Equal(("failed", 2), (record["status"]!.GetValue<string>(), record["epochs"]!.GetValue<int>()));
        Assert.Contains("test loss", record["error"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.NotNull(record["weights_digest"]);
        Assert.NotNull(record["val"]!["loss"]);
        Assert.Null(record["test"]!["loss"]);
        Assert.Contains("\"split\":\"test\",\"loss\":\"Infinity\"", File.ReadAllText(Path.Combine(_project.Run, "metrics.jsonl")), StringComparison.Ordinal);
        Assert.Contains(_project.Do("runs", "show", "latest").Ends(0).Lines, l => l.Contains("Infinity", StringComparison.Ordinal));
        Assert.Contains("is not a finite number", _project.Do("evaluate", "latest").Ends(1).Error, StringComparison.Ordinal);

        // A resumed run fails again.
        Assert.Contains("The test loss is not a finite number", _project.Do("resume", "latest").Ends(1).Error, StringComparison.Ordinal);
    }

    [Fact]
    public void The_model_file_alone_describes_how_rows_become_samples()
    {
        string table = Write("iris.csv", Tables.Iris(90));
        Train($"data.path={table}", "data.target=[species]", "trainer.epochs=1", "loader.batch_size=16", "--quiet");
        string file = Directory.GetFiles(Path.Combine(_project.Run, "checkpoints"), "model.safetensors", SearchOption.AllDirectories).First();
        var steps = (JsonArray)JsonNode.Parse(SafetensorsFile.Read(file).Metadata["regimen.preprocessing"])!;
        var encoding = TableEncoding.Parse((JsonObject)steps[0]!);
        Assert.Equal(["sepal length", "sepal width", "petal length", "petal width", "field"], encoding.Columns);
        Assert.Equal([90, 6], (int[])[encoding.Read(table).GetLength(0), encoding.Width]);
    }

    [Fact]
    public void A_table_is_shown_column_by_column()
    {
        string table = Write("houses.csv", Tables.Houses(100).Replace(",Ulm,", ",,", StringComparison.Ordinal));
        string[] data = ["inspect", "data", "data=csv", $"data.path={table}", "data.target=[price]", "objective=mse", "data.missing=median"];
        JsonNode json = _project.Do([.. data, "--json"]).Ends(0).Json;
        JsonArray columns = json["table"]!["columns"]!.AsArray();
        Assert.Equal(
            ["area feature numeric", "age feature numeric", "town feature categorical", "price target numeric", "rent feature numeric"],
            columns.Select(c => $"{c!["column"]} {c["role"]} {c["kind"]}"));
        Assert.True(columns[2]!["missing"]!.GetValue<int>() > 10);
        Assert.Equal(100, columns[0]!["histogram"]!.AsArray().Sum(b => b!.GetValue<int>()));
        Assert.Equal("table", json["encoding"]!["name"]!.GetValue<string>());

        string[] lines = _project.Do(data).Ends(0).Lines;
        Assert.Matches(@"^area +feature +numeric +0 +4\d.* [▁-█]{10}$", lines.Single(l => l.StartsWith("area", StringComparison.Ordinal)));
        Assert.Matches(@"^town +feature +categorical +\d+ +(Kiel|Trier) \d+, (Kiel|Trier) \d+$", lines.Single(l => l.StartsWith("town", StringComparison.Ordinal)));
    }

    [Fact]
    public void Omitted_rows_are_on_the_screen_in_the_log_and_in_the_record()
    {
        string table = Write("my houses.csv", Tables.Houses(101).Replace(",Ulm,", ",,", StringComparison.Ordinal));
        int missing = File.ReadLines(table).Count(l => l.Contains(",,", StringComparison.Ordinal));
        string[] options = [$"data.path={table}", "data.target=[price]", "data.drop=[rent]", "objective=mse", "trainer.epochs=1", "loader.batch_size=7"];
        CommandOutput shown = Train([.. options, "data.missing=drop_row"]);
        string note = $"{missing} of 101 rows dropped because of missing values (town {missing})";
        Assert.Contains(shown.Lines, l => l.EndsWith(note, StringComparison.Ordinal));
        Assert.Contains(note, File.ReadAllText(Path.Combine(_project.Run, "train.log")), StringComparison.Ordinal);
        Assert.EndsWith(note, JsonNode.Parse(File.ReadAllText(Path.Combine(_project.Run, "run.json")))!["data_notes"]![0]!.GetValue<string>(), StringComparison.Ordinal);

        // The hint for a change that needs another run can be typed as it is, with any folder name and value.
        CommandOutput refused = _project.Do("resume", "latest", "data.missing=median", "data.drop=[\"rent\", \"a, b\"]").Ends(2);
        Assert.Contains("'data.drop=[\"rent\", \"a, b\"]'", refused.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("data.target=[price] data.drop=[town,rent]", "The target column does not look like classes", "objective=mse")]
    [InlineData("data.target=[town] objective=mse", "The value is not a number", "column town")]
    [InlineData("data.target=[town] objective=binary_cross_entropy", "The objective does not fit the data's targets", "objective=cross_entropy")]
    [InlineData("data.target=[prise] objective=mse", "There is no column 'prise'", "Did you mean `price`?")]
    [InlineData("objective=mse", "data.target", "")]
    [InlineData("data.target=[price] objective=mse early_stopping.monitor=val.accuracy", "val.rmse, val.mae, val.r2", "")]
    public void Inconsistent_options_are_refused_before_a_run_begins(string options, string says, string hint)
    {
        string table = Write("houses.csv", Tables.Houses(200));
        CommandOutput refused = _project.Do(["train", "data=csv", $"data.path={table}", .. options.Split(' ')]).Ends(2);
        Assert.Contains(says, refused.Error, StringComparison.Ordinal);
        Assert.Contains(hint, refused.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_project.Runs));
    }

    public void Dispose() => _project.Dispose();

    private CommandOutput Train(params string[] args) => _project.Do(["train", "data=csv", .. args]).Ends(0);

    private string Write(string name, string text) => _project.Folder.Write(name, Encoding.UTF8.GetBytes(text));
}
