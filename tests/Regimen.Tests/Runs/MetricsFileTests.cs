using System.Text;
using System.Text.Json.Nodes;
using Regimen.Runs;
using Regimen.Tests.TestKit;

namespace Regimen.Tests.Runs;

public sealed class MetricsFileTests
{
    private static readonly Pass Trained = new()
    {
        At = new(1, 10), Split = Pass.Train, Samples = 100, Loss = 0.25, Lr = 0.001, Seconds = 2, EpochSeconds = 3,
    };

    private static readonly Pass Checked = new()
    {
        At = new(1, 10), Split = Pass.Validation, Samples = 20, Loss = 0.5, Metrics = new Dictionary<string, double> { ["accuracy"] = 0.875 }, Seconds = 0.5,
    };

    [Fact]
    public void A_row_has_the_documented_keys_of_its_split()
    {
        using var folder = new TemporaryFolder();
        using (MetricsFile file = MetricsFile.Open(folder["metrics.jsonl"]))
        {
            file.Append(Checked);
            file.Append(Trained);
            file.FlushToDisk();
        }

        Assert.Equal(
            """
            {"epoch":1,"step":10,"split":"val","loss":0.5,"accuracy":0.875,"samples":20,"seconds":0.5,"samples_per_second":40}
            {"epoch":1,"step":10,"split":"train","loss":0.25,"lr":0.001,"samples":100,"seconds":2,"samples_per_second":50,"epoch_seconds":3}

            """.ReplaceLineEndings("\n"),
            File.ReadAllText(folder["metrics.jsonl"]));
    }

    [Fact]
    public void A_row_is_readable_at_once_and_a_reopened_file_is_appended_to()
    {
        using var folder = new TemporaryFolder();
        using (MetricsFile file = MetricsFile.Open(folder["m"]))
        {
            file.Append(Checked);
            Assert.Single(MetricsFile.ReadAll(folder["m"]));
        }

        using (MetricsFile file = MetricsFile.Open(folder["m"]))
        {
            file.Append(Trained);
        }

        Assert.Equal(["val", "train"], MetricsFile.ReadAll(folder["m"]).Select(r => (string)r["split"]!));
    }

    [Theory]
    [InlineData(double.NaN, "NaN")]
    [InlineData(double.PositiveInfinity, "Infinity")]
    [InlineData(double.NegativeInfinity, "-Infinity")]
    public void A_number_that_is_not_finite_is_a_string_and_is_read_back(double value, string word)
    {
        using var folder = new TemporaryFolder();
        using (MetricsFile file = MetricsFile.Open(folder["m"]))
        {
            file.Append(Trained with { Loss = value, Lr = value, Metrics = new Dictionary<string, double> { ["accuracy"] = value } });
        }

        JsonObject row = Assert.Single(MetricsFile.ReadAll(folder["m"]));
        Assert.Equal([word, word, word], new[] { "loss", "lr", "accuracy" }.Select(key => (string)row[key]!));
        Pass read = MetricsFile.ToPass(row);
        Assert.Equal([value, value, value], [read.Loss, read.Lr!.Value, read.Metrics["accuracy"]]);
    }

    [Fact]
    public void Null_of_older_versions_is_read_as_NaN()
    {
        Pass read = MetricsFile.ToPass(JsonNode.Parse(
            """{"epoch":1,"step":3,"split":"train","loss":null,"accuracy":null,"lr":null,"samples":7,"seconds":1}""")!.AsObject());
        Assert.Equal([double.NaN, double.NaN, double.NaN], [read.Loss, read.Lr!.Value, read.Metrics["accuracy"]]);
    }

    [Theory]
    [InlineData("\"nan\"")]
    [InlineData("\"1.5\"")]
    [InlineData("true")]
    [InlineData("[1]")]
    public void Any_other_value_is_refused(string value)
        => Assert.Throws<FormatException>(() => MetricsFile.ToPass(JsonNode.Parse($$"""{"epoch":1,"step":3,"split":"val","loss":{{value}},"samples":7,"seconds":1}""")!.AsObject()));

    [Theory]
    [InlineData("{\"step\":1}\n[1]\n{}\n", 2)]
    [InlineData("{\"step\":1}\n{\"step\":\n", 2)]
    [InlineData("\n{\"step\":1}\n", 1)]
    [InlineData("{\"step\":1,\"step\":2}\n", 1)]
    public void A_damaged_line_is_named(string content, int line)
    {
        using var folder = new TemporaryFolder();
        string path = folder.Write("m", Encoding.UTF8.GetBytes(content));
        Assert.Equal($"{path}({line})", Assert.Throws<RequestException>(() => MetricsFile.ReadAll(path)).Problems[0].Where);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(5)]
    public void The_file_is_cut_back_to_the_rows_of_a_resumed_run(int rows)
    {
        using var folder = new TemporaryFolder();
        using (MetricsFile file = MetricsFile.Open(folder["m"]))
        {
            Pass[] passes =
            [
                Checked with { At = new(1, 5) }, Checked, Trained, Checked with { At = new(2, 20) }, Checked with { At = new(2, 20), Split = Pass.Test },
            ];
            Array.ForEach(passes, file.Append);
        }

        string[] before = File.ReadAllLines(folder["m"]);
        File.AppendAllText(folder["m"], "{\"epoch\":3,\"st");
        using (MetricsFile file = MetricsFile.Open(folder["m"], rows))
        {
            file.Append(Checked with { At = new(9, 99) });
        }

        string[] after = File.ReadAllLines(folder["m"]);
        Assert.Equal(before[..rows], after[..^1]);
        Assert.Equal(99, (long)MetricsFile.ReadAll(folder["m"])[^1]["step"]!);
    }

    [Theory]
    [InlineData("nonsense\n", "m(1)")]
    [InlineData("{\"step\":1}\n[]\n", "m(2)")]
    [InlineData("{\"step\":1}\n{\"step\":2", "m")]
    [InlineData("", "m")]
    public void Damaged_or_missing_rows_are_refused_and_the_file_is_unchanged(string text, string where)
    {
        using var folder = new TemporaryFolder();
        string path = folder.Write("m", Encoding.UTF8.GetBytes(text));
        Problem problem = Assert.Throws<RequestException>(() => MetricsFile.Open(path, rows: 2)).Problems[0];
        Assert.EndsWith(where, problem.Where, StringComparison.Ordinal);
        Assert.Equal(text, File.ReadAllText(path));
    }

    [Fact]
    public void An_incomplete_line_is_not_a_row()
    {
        using var folder = new TemporaryFolder();
        string path = folder.Write("m", "{\"step\":1}\n{\"step\":2}\n{\"epoch\":3,\"st"u8.ToArray());
        Assert.Equal([1, 2], MetricsFile.ReadAll(path).Select(r => (int)r["step"]!));
        MetricsFile.Open(path).Dispose();
        Assert.Equal("{\"step\":1}\n{\"step\":2}\n", File.ReadAllText(path));
    }

    [Theory]
    [InlineData("\"seconds\":0.5", "\"seconds\":[[]]")]
    [InlineData("\"accuracy\":0.875", "\"accuracy\":{}")]
    [InlineData("\"accuracy\":0.875", "\"accuracy\":true")]
    [InlineData("\"epoch\":1", "\"epoch\":1.5")]
    [InlineData("\"step\":10", "\"step\":99999999999999999999")]
    [InlineData("\"step\":10,", "")]
    [InlineData("\"split\":\"val\"", "\"split\":3")]
    [InlineData("\"samples\":20", "\"samples\":\"x\"")]
    public void A_row_with_a_value_of_another_type_is_named(string value, string wrong)
    {
        using var folder = new TemporaryFolder();
        using (MetricsFile file = MetricsFile.Open(folder["m"]))
        {
            file.Append(Trained);
            file.Append(Checked);
        }

        string text = File.ReadAllText(folder["m"]);
        string changed = text[..text.IndexOf('\n', StringComparison.Ordinal)] + text[text.IndexOf('\n', StringComparison.Ordinal)..].Replace(value, wrong, StringComparison.Ordinal);
        Assert.NotEqual(text, changed);
        File.WriteAllText(folder["m"], changed);
        Assert.Equal($"{folder["m"]}(2)", Assert.Throws<RequestException>(() => MetricsFile.ReadPasses(folder["m"])).Problems[0].Where);
    }

    [Fact]
    public void A_missing_file_is_created()
    {
        using var folder = new TemporaryFolder();
        MetricsFile.Open(folder["m"], rows: 0).Dispose();
        Assert.Empty(MetricsFile.ReadAll(folder["m"]));
    }

    [Fact]
    public void A_row_is_read_back_as_the_same_pass()
    {
        Pass pass = Trained with { Loss = 0.1 + 0.2, Lr = 1.0 / 3, Metrics = new Dictionary<string, double> { ["accuracy"] = 2.0 / 3, ["odd"] = double.NaN, ["high"] = double.PositiveInfinity, ["zero"] = -0.0 } };
        Pass read = MetricsFile.ToPass(JsonNode.Parse(MetricsFile.Row(pass).ToJsonString())!.AsObject());
        Assert.Equal((pass.At, pass.Split, pass.Samples, pass.Loss, pass.Lr, pass.Seconds, pass.EpochSeconds), (read.At, read.Split, read.Samples, read.Loss, read.Lr, read.Seconds, read.EpochSeconds));
        Assert.Equal(
            pass.Metrics.Select(m => (m.Key, BitConverter.DoubleToInt64Bits(m.Value))), read.Metrics.Select(m => (m.Key, BitConverter.DoubleToInt64Bits(m.Value))));
    }
}
