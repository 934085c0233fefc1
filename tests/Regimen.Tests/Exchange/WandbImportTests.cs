using System.Text;
using Regimen.Curves;
using Regimen.Exchange;
using Regimen.Listing;
using Regimen.Tests.TestKit;

namespace Regimen.Tests.Exchange;

public sealed class WandbImportTests : IDisposable
{
    private readonly ProjectFolder _project = new();

    [Fact]
    public void A_history_becomes_curves_and_the_table_of_runs_config_values_tags_and_note()
    {
        Write("wandb/brave-1.csv", """
            ,_step,_runtime,_timestamp,train/loss,val_loss,grad_norm
            0,1,2.5,1700000000.5,0.75,,1
            1,2,5,1700000003,NaN,0.5,
            2,,6,1700000004,9,9,9

            """);
        Write("wandb/table.csv", """
            Name,State,Notes,Tags,Created,lr,optimizer,val_loss,use_bias
            brave-1,finished,"a ""good"" one, really","baseline, my tag",2023-11-14T22:13:20.000Z,0.001,adam,0.5,true
            calm-2,crashed,-,,2023-11-14T23:00:00.000Z,0.01,sgd,0.75,false

            """);
        Assert.Contains("2 run(s) imported", _project.Do("import", "wandb-csv", "wandb").Ends(0).Out, StringComparison.Ordinal);
        IReadOnlyList<RunRow> rows = RunList.Read(_project.Runs).Rows;
        Assert.Equal(["2023-11-14_22-13-20_brave-1", "2023-11-14_23-00-00_calm-2"], rows.Select(r => r.Name));
        Assert.Equal(("finished", "0.001", "\"adam\"", "true", "a \"good\" one, really"), (rows[0].Status, rows[0].Config["lr"], rows[0].Config["optimizer"], rows[0].Config["use_bias"], rows[0].Note));
        Assert.Equal(["baseline", "my-tag"], rows[0].Tags);
        Assert.Equal((0.5, 0.75, "interrupted"), (rows[0].Value("val.loss"), rows[1].Value("val.loss"), rows[1].Status));
        var curves = new CurveReader(rows[0].Folder);
        Assert.Equal(["train.loss", "log.grad_norm", "val.loss"], curves.Names);
        Assert.Equal([0.75, double.NaN], curves.Find("train.loss")!.Values.ToArray());
        Assert.Equal(new CurvePoint(2, double.NaN, 5, 0.5), curves.Find("val.loss")![0]);
        Assert.Contains("optimizer", _project.Do("runs", "compare", "brave-1", "calm-2").Ends(0).Out, StringComparison.Ordinal);
    }

    [Fact]
    public void The_data_of_a_chart_becomes_a_curve_of_each_run()
    {
        Write("chart.csv", "\"Step\",\"a - b - val_loss\",\"a - b - val_loss__MIN\",\"c - val_loss\"\n1,0.5,0.5,0.25\n2,,,0.125\n");
        IReadOnlyList<ImportedRun> runs = WandbImport.Read(_project.Folder["chart.csv"], DateTimeOffset.UnixEpoch);
        Assert.Equal(["a - b", "c"], runs.Select(r => r.Name));
        Assert.Equal([0.25, 0.125], runs[1].Series[("val", "loss")].Select(p => p.Value));
        Assert.Equal([1L], runs[0].Series[("val", "loss")].Select(p => p.Step));
    }

    [Theory]
    [InlineData("", "the file is empty")]
    [InlineData("a,b\n1,2\n", "none of the CSV files")]
    [InlineData("_step,x\n1,2,3\n", "the row has 3 fields")]
    [InlineData("_step,\"x\n1,2\n", "a quote is not closed")]
    [InlineData("_step,x,x\n1,2,3\n", "a column twice")]
    [InlineData("_step,\u00ff\n", "not in UTF-8")]
    public void A_file_of_another_kind_is_refused(string text, string expected)
    {
        _project.Folder.Write("x.csv", Encoding.Latin1.GetBytes(text));
        Assert.Contains(expected, _project.Do("import", "wandb-csv", "x.csv").Ends(2).Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_project.Runs));
    }

    [Fact]
    public void Names_become_folders_inside_the_runs_folder_alone()
    {
        Write("t.csv", "Name,lr\n../../evil,1\n/etc/x,2\n..,3\n\u202ea<b>,4\nsame,5\nsame,6\n");
        _project.Do("import", "wandb-csv", "t.csv").Ends(0);
        Assert.Equal(6, Directory.GetDirectories(_project.Runs).Length);
        Assert.Equal(["data", "runs", "t.csv"], Directory.GetFileSystemEntries(_project.Folder.FullPath).Select(f => Path.GetFileName(f)).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Runs_are_exported_as_csv_and_as_json_lines()
    {
        MadeRuns.Make(_project.Folder, "runs/a", loss: 0.1);
        MadeRuns.Make(_project.Folder, "runs/b", loss: 0.2);
        _project.Do("runs", "export", "val.loss<0.15", "--format", "csv", "--output", "o.csv").Ends(0);
        string[] lines = File.ReadAllLines(_project.Folder["o.csv"]);
        Assert.Equal("run,curve,step,epoch,seconds,value", lines[0]);
        Assert.Contains("a,val.loss,14,2,9,0.1", lines);
        Assert.DoesNotContain(lines, l => l.StartsWith("b,", StringComparison.Ordinal));
        _project.Do("runs", "export", "--format", "jsonl", "--output", "o.jsonl").Ends(0);
        string[] documents = File.ReadAllLines(_project.Folder["o.jsonl"]);
        Assert.Equal([0.1, 0.2], documents.Select(d => (double)System.Text.Json.Nodes.JsonNode.Parse(d)!["curves"]!["val.loss"]!["value"]![1]!));
        Assert.Contains("Did you mean `jsonl`?", _project.Do("runs", "export", "--format", "json", "--output", "x").Ends(2).Error, StringComparison.Ordinal);
    }

    public void Dispose() => _project.Dispose();

    private void Write(string name, string text) => _project.Folder.Write(name, Encoding.UTF8.GetBytes(text.ReplaceLineEndings("\n")));
}
