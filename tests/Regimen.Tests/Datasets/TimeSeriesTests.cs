using System.Globalization;
using System.Text.Json.Nodes;
using Regimen.Data;
using Regimen.Datasets;
using Regimen.Reproducibility;
using Regimen.Tests.TestKit;

namespace Regimen.Tests.Datasets;

/// <summary>Windows over the rows of a table. The values of the tables are the numbers of their rows, so that a sample shows which rows it is made of.</summary>
public sealed class TimeSeriesTests : IDisposable
{
    private const int Rows = 101;
    private readonly ProjectFolder _project = new();

    public void Dispose() => _project.Dispose();

    [Theory]
    [InlineData(7, 1, 1)]
    [InlineData(5, 3, 2)]
    [InlineData(1, 4, 3)]
    [InlineData(11, 2, 5)]
    public void No_window_has_a_row_of_another_split(int window, int horizon, int stride)
    {
        Write(row => $"{row},{row + 0.5}");
        DataSplits data = Csv.Load(Options with { Window = window, Horizon = horizon, Stride = stride, Scaling = TableScaling.None, ScaleTarget = TargetScaling.None }, new(3) { DescribesTables = true });
        int end = 0;
        foreach ((string name, IDataset part) in data.Parts)
        {
            Assert.Equal(new SampleShape(window, 2), part.SampleShape);
            int of = name == "train" ? Rows - 20 - 15 : name == "val" ? 20 : 15;
            int step = name == "train" ? stride : 1;
            Assert.Equal(((of - window - horizon) / step) + 1, part.Count);
            using var buffer = new BatchBuffer(part.Fields, part.Count);
            part.Gather([.. Enumerable.Range(0, part.Count)], ChannelScale.Identity, buffer);
            float[] inputs = buffer.Floats(Field.Input).ToArray();
            float[] targets = buffer.Floats(Field.Target).ToArray();
            for (int i = 0; i < part.Count; i++)
            {
                // The rows of the window, one after the other, then those of the horizon: all of this split.
                int first = end + (i * step);
                Assert.Equal(Enumerable.Range(first, window).SelectMany(row => new[] { (float)row, row + 0.5f }), inputs[(i * window * 2)..((i + 1) * window * 2)]);
                Assert.Equal(Enumerable.Range(first + window, horizon).Select(row => (float)row), targets[(i * horizon)..((i + 1) * horizon)]);
                Assert.InRange(first + window + horizon - 1, end, end + of - 1);
                Assert.EndsWith($"t.csv({first + window + 1})", data.Places!(name, i), StringComparison.Ordinal);
            }

            end += of;
        }

        Assert.Equal(Rows, end);
    }

    [Fact]
    public void Statistics_are_those_of_the_training_rows()
    {
        // The rows of validation and test are far away from those of training.
        Write(row => row < 66 ? $"{row % 5},{row % 3}" : $"{1000 + row},{row % 3}");
        DataSplits data = Csv.Load(Options with { Window = 4, Horizon = 2 }, new(3));
        TableWindows windows = TableWindows.FromJson(data.Encoding!);
        double[] training = [.. Enumerable.Range(0, 66).Select(row => (double)(row % 5))];
        Assert.Equal(training.Average(), windows.Table.Features[0].Offset, 12);
        Assert.Equal(training.Average(), TargetScale.Of(data.Train)!.Mean[0], 12);
        Assert.Equal(["value_1", "value_2"], windows.Forecasts);
    }

    [Fact]
    public void Windows_of_several_targets_have_a_scale_for_each()
    {
        var rows = ArrayDataset.ForRegression(
            [.. Enumerable.Range(0, 9).Select(i => (float)i)],
            [.. Enumerable.Range(0, 9).SelectMany(i => new[] { 10f * i, 100f * i })],
            new SampleShape(1),
            new SampleShape(2),
            new TargetScale(TargetScaling.Standard, [1, 2], [10, 100]));
        var windows = new WindowDataset(rows, window: 3, horizon: 2, stride: 2);
        Assert.Equal(3, windows.Count);
        Assert.Equal(new SampleShape(4), windows.Fields[1].Shape);
        Assert.Equal([1.0, 2, 1, 2], windows.Fields[1].Scale!.Mean);
        Assert.Equal([10.0, 100, 10, 100], windows.Fields[1].Scale!.Std);
        Assert.Equal(0, new WindowDataset(rows, window: 9).Count);
        Assert.Equal(1, new WindowDataset(rows, window: 9, horizon: 0).Count);
        Assert.Throws<ArgumentException>(() => new WindowDataset(ArrayDataset.ForClassification(new float[4], [0, 1, 0, 1], new SampleShape(1), ["a", "b"]), 2));
    }

    [Theory]
    [InlineData("model=gru model.width=12")]
    [InlineData("model=mlp model.hidden=[9]")]
    public void A_trained_model_forecasts_a_file_and_is_verified(string model)
    {
        WriteWave(160);
        string[] data = [$"data.path={_project.Folder["t.csv"]}", "data=csv", "data.target=[value]", "data.window=6", "data.horizon=2", "objective=mse", "early_stopping=none"];
        _project.Do(["train", .. data, .. model.Split(' '), "trainer.epochs=3", "optimizer.lr=0.01", "--quiet"]).Ends(0);
        Assert.Contains("identical: ", _project.Do("verify", "latest", "--quiet").Ends(0).Out, StringComparison.Ordinal);

        // Forecasts at each row with a whole window behind it, in blocks of any size; the last one is of rows that do not exist yet.
        string[] lines = File.ReadAllLines(_project.Folder["t.csv"]);
        _project.Folder.Write("new.csv", string.Join('\n', lines[..1].Concat(lines[^20..])) + "\n");
        string[] forecasts = _project.Do("predict", "latest", _project.Folder["new.csv"], "--format", "csv").Ends(0).Out.TrimEnd('\n').Split('\n');
        Assert.Equal("input,value_1,value_2", forecasts[0].TrimEnd('\r'));
        Assert.Equal(20 - 6 + 1, forecasts.Length - 1);
        Assert.Contains("new.csv(21),", forecasts[^1], StringComparison.Ordinal);

        // Those of six rows alone are the same.
        _project.Folder.Write("six.csv", string.Join('\n', lines[..1].Concat(lines[^6..])) + "\n");
        string[] alone = _project.Do("predict", "latest", _project.Folder["six.csv"], "--format", "csv").Ends(0).Out.TrimEnd('\n').Split('\n');
        Assert.Equal(forecasts[^1].Split(',')[1..], alone[^1].Split(',')[1..]);
        _project.Folder.Write("five.csv", string.Join('\n', lines[..1].Concat(lines[^5..])) + "\n");
        Assert.Contains("fewer rows than a window", _project.Do("predict", "latest", _project.Folder["five.csv"]).Ends(1).Error, StringComparison.Ordinal);
        _project.Folder.Write("hole.csv", string.Join('\n', lines[..1].Concat(lines[^20..]).Select((line, i) => i == 9 ? "x" + line : line)) + "\n");
        Assert.Contains("hole.csv(10)", _project.Do("predict", "latest", _project.Folder["hole.csv"]).Ends(1).Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Inspect_data_shows_windows()
    {
        WriteWave(120);
        JsonNode json = _project.Do("inspect", "data", "data=csv", $"data.path={_project.Folder["t.csv"]}", "data.target=[value]", "data.window=5", "objective=mse", "--json").Ends(0).Json;
        Assert.Equal("[5,2]", json["sample_shape"]!.ToJsonString());
        Assert.Equal("windows", (string?)json["encoding"]!["name"]);
        Assert.Equal(["value", "other", "target"], json["splits"]!["drift"]!.AsArray().Where(d => (string?)d!["part"] == "test").Select(d => (string?)d!["column"]));
    }

    [Theory]
    [InlineData("data.folds and data.window", "data.folds=3")]
    [InlineData("data.group and data.window", "data.group=other")]
    [InlineData("data.missing and data.window", "data.missing=drop_row")]
    [InlineData("data.target_kind and data.window", "objective=cross_entropy")]
    [InlineData("at least 62 rows: data.window=60 and data.horizon=2", "data.window=60")]
    [InlineData("data.horizon", "data.horizon=0")]
    public void What_does_not_fit_to_windows_is_refused(string message, string setting)
    {
        WriteWave(120);
        string[] command = ["train", "data=csv", $"data.path={_project.Folder["t.csv"]}", "data.target=[value]", "data.window=5", "data.horizon=2", "objective=mse", "early_stopping=none"];
        Assert.Contains(message, _project.Do([.. command.Where(c => c.Split('=')[0] != setting.Split('=')[0]), setting]).Ends(2).Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("data.horizon", "data.horizon=3")]
    [InlineData("data.stride", "data.stride=2")]
    public void Options_of_windows_without_windows_are_refused(string where, string setting)
    {
        WriteWave(120);
        Assert.Contains($"{where}: The option is for windows", _project.Do("train", "data=csv", $"data.path={_project.Folder["t.csv"]}", "data.target=[value]", "objective=mse", "early_stopping=none", setting).Ends(2).Error, StringComparison.Ordinal);
    }

    private Csv.Options Options => new() { Path = _project.Folder["t.csv"], Target = ["value"], TargetKind = StatedTarget.Values, ValidationFraction = 20.0 / Rows, TestFraction = 15.0 / Rows };

    private void Write(Func<int, string> row) => _project.Folder.Write("t.csv", "value,other\n" + string.Concat(Enumerable.Range(0, Rows).Select(i => $"{row(i)}\n")));

    private void WriteWave(int rows)
    {
        RandomStream random = RandomStream.For(8, RandomPurpose.Split);
        var text = new System.Text.StringBuilder("value,other\n");
        for (int i = 0; i < rows; i++)
        {
            text.Append(CultureInfo.InvariantCulture, $"{(10 * Math.Sin(i * 0.4)) + random.NextDouble():0.###},{i % 7}\n");
        }

        _project.Folder.Write("t.csv", text.ToString());
    }
}
