using System.Globalization;
using System.Text;
using Regimen.Tests.TestKit;

namespace Regimen.Tests.App;

/// <summary>Runs on tables with all kinds of pre-processing, and on cached rows.</summary>
public sealed class PreprocessedTableRunTests : IDisposable
{
    private readonly ProjectFolder _project = new();

    public void Dispose() => _project.Dispose();

    [Theory]
    [InlineData("csv", "quantile", "one_hot")]
    [InlineData("parquet", "robust", "one_hot")]
    public void A_run_is_resumed_and_verified(string kind, string scaling, string categories)
    {
        Write("t.csv", 157);
        string[] data = kind == "csv"
            ? ["data=csv", $"data.path={_project.Folder["t.csv"]}"]
            : ["data=parquet", $"data.path={Parquet()}", $"data.cache_folder={_project.Folder["cache"]}"];
        _project.Do(
            ["train", .. data, "data.target=[y]", $"data.scaling={scaling}", $"data.categories={categories}", "data.dates=[d]", "data.date_cyclic=true", "data.missing=median",
                "data.missing_indicator=true", "data.unknown=bucket", "data.min_frequency=3", "data.columns=[{match: p, decimal: \",\", thousands: .}, {match: x, scaling: standard}]",
                "data.numeric=[p]", "trainer.epochs=2", "loader.batch_size=11"]).Ends(0);
        _project.Do("resume", "latest", "trainer.epochs=3").Ends(0);
        Assert.Contains("identical", _project.Do("verify", "latest").Ends(0).Out, StringComparison.Ordinal);
        _project.Folder.Write("new.csv", "p,x,c,d\n\"1.234,5\",3,rare,2026-05-01\n7,,new,\n"u8);
        Assert.Equal(3, _project.Do("predict", "latest", _project.Folder["new.csv"]).Ends(0).Lines.Length);
        Assert.Contains("not a date", _project.Do("predict", "latest", Bad()).Error, StringComparison.Ordinal);
        CommandOutput refused = _project.Do("export", "latest", "--preprocessing", "--output", "m.onnx").Ends(2);
        Assert.Contains("can't be exported", refused.Error, StringComparison.Ordinal);
        _project.Do("export", "latest", "--output", "m.onnx").Ends(0);
    }

    [Fact]
    public void Indicators_and_buckets_are_exported()
    {
        Write("t.csv", 157);
        _project.Do(
            "train", "data=csv", $"data.path={_project.Folder["t.csv"]}", "data.target=[y]", "data.drop=[d, p]", "data.scaling=robust", "data.missing=mean",
            "data.columns=[{match: x, missing_indicator: true}]", "data.unknown=bucket", "data.min_frequency=3", "trainer.epochs=1", "loader.batch_size=11").Ends(0);

        // The command compares the file with the model, with the columns as they are.
        _project.Do("export", "latest", "--preprocessing", "--output", "m.onnx").Ends(0);
    }

    private string Bad()
    {
        _project.Folder.Write("bad.csv", "p,x,c,d\n1,3,a,someday\n"u8);
        return _project.Folder["bad.csv"];
    }

    private string Parquet()
    {
        using var connection = new DuckDB.NET.Data.DuckDBConnection("DataSource=:memory:");
        connection.Open();
        using DuckDB.NET.Data.DuckDBCommand command = connection.CreateCommand();
        command.CommandText = $"copy (select * from read_csv('{_project.Folder["t.csv"]}', types = {{'p': 'VARCHAR'}})) to '{_project.Folder["t.parquet"]}'";
        command.ExecuteNonQuery();
        return _project.Folder["t.parquet"];
    }

    private void Write(string name, int rows)
    {
        var text = new StringBuilder("p,x,c,d,y\n");
        for (int i = 0; i < rows; i++)
        {
            string x = i % 13 == 4 ? string.Empty : (i * 37 % 101).ToString(CultureInfo.InvariantCulture);
            string d = i % 17 == 2 ? string.Empty : new DateTime(2025, 1, 1, i % 24, 0, 0, DateTimeKind.Utc).AddDays(i * 5 % 700).ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);
            string c = i % 50 == 7 ? "rare" + i.ToString(CultureInfo.InvariantCulture) : "abc"[i % 3].ToString();
            text.Append(CultureInfo.InvariantCulture, $"\"{i % 9}.{100 + (i * 7 % 900)},{i % 10}\",{x},{c},{d},{(i * 37 % 101 > 50 ? "hot" : "cold")}\n");
        }

        _project.Folder.Write(name, Encoding.UTF8.GetBytes(text.ToString()));
    }
}
