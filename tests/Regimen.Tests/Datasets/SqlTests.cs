using System.Globalization;
using System.Text;
using DuckDB.NET.Data;
using Regimen.Data;
using Regimen.Datasets;
using Regimen.Tests.TestKit;

namespace Regimen.Tests.Datasets;

/// <summary>The rows of a query in DuckDB.</summary>
public sealed class SqlTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_query_over_files_gives_the_samples_of_the_csv_file()
    {
        Write("t.csv", Rows(233));
        DataSplits csv = Csv.Load(new() { Path = _folder["t.csv"], Target = ["y"], Drop = ["id"] }, new DatasetContext(3));
        DataSplits sql = Load("select * from 't.csv'");
        Assert.Equal(DataFingerprint.Of(csv), DataFingerprint.Of(sql));

        // The rows in another order and in several files, of csv, json and parquet.
        Execute($"copy (select * from '{_folder["t.csv"]}' where id < 70 order by random()) to '{_folder["part1.parquet"]}'");
        Execute($"copy (select * from '{_folder["t.csv"]}' where id >= 70 and id < 100) to '{_folder["part2.parquet"]}'");
        Execute($"copy (select * from '{_folder["t.csv"]}' where id >= 100 and id < 170) to '{_folder["more.json"]}'");
        Write("last.csv", string.Join('\n', Rows(233).Split('\n').Where((_, i) => i is 0 or > 170)));
        Assert.Equal(DataFingerprint.Of(csv), DataFingerprint.Of(Load("select * from 'part*.parquet' union all by name select * from 'more.json' union all by name select * from 'last.csv'")));
    }

    [Fact]
    public void A_database_file_is_read_and_never_written()
    {
        Execute("create table t as select i as id, (i * 37 % 101) / 7 as x, case when i % 3 = 0 then 'a' else 'b' end as c, (i % 2 = 0) as y from range(151) r(i)", _folder["d.duckdb"]);
        byte[] before = File.ReadAllBytes(_folder["d.duckdb"]);
        DataSplits data = Load("select * from t", o => o with { Connection = "duckdb:d.duckdb" });
        Assert.Equal(["false", "true"], data.Train.Classes);
        Assert.Equal(before, File.ReadAllBytes(_folder["d.duckdb"]));
        Refused("There is no such database", "data.connection", "select 1", o => o with { Connection = "duckdb:none.duckdb" });
    }

    [Theory]
    [InlineData("copy (select 1) to 'written.csv'", "syntax error")]
    [InlineData("install httpfs", "syntax error")]
    [InlineData("select 1 as id; install httpfs", "more than one statement")]
    [InlineData("select 1) q; load httpfs; select * from (select 2", "more than one statement")]
    [InlineData("select ';' as y, 'open", "not closed")]
    [InlineData("select e'\\'' as y; drop table t; select ''", "more than one statement")]
    [InlineData("select * from read_csv('https://example.org/t.csv')", "requires the extension httpfs")]
    [InlineData("select * from 's3://bucket/t.parquet'", "requires the extension httpfs")]
    [InlineData("select * from nowhere", "does not exist")]
    public void Only_a_select_over_local_data_is_run(string query, string says)
    {
        Assert.Contains(says, Refused(query).Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(_folder.FullPath));
    }

    [Fact]
    public void Extensions_can_be_neither_loaded_nor_allowed_again()
    {
        using var database = DuckDatabase.Open(null, _folder.FullPath);
        foreach (string setting in (string[])["set autoload_known_extensions = true", "set autoinstall_known_extensions = true", "set lock_configuration = false", "load httpfs"])
        {
            using System.Data.Common.DbCommand command = database.Command(setting);
            Assert.Throws<DuckDBException>(() => command.ExecuteNonQuery());
        }
    }

    [Fact]
    public void Rows_that_the_order_does_not_distinguish_are_refused()
    {
        Write("t.csv", "id,x,y\n1,5,a\n2,6,b\n2,7,a\n3,8,b\n");
        Problem problem = Refused("select * from 't.csv'");
        Assert.Contains("order of the rows is not determined", problem.Message, StringComparison.Ordinal);
        Assert.Equal("data.query, rows 2 and 3", problem.Where);
        Assert.Equal("id=2", problem.Received);
        Assert.Equal(4, Load("select * from 't.csv'", o => o with { Order = ["id", "x"], TestFraction = 0, ValidationFraction = 0 }).Train.Count);
        Assert.Contains("There is no column 'idd'", Refused("select * from 't.csv'", o => o with { Order = ["idd"] }).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Types_decide_the_kinds_of_columns_and_null_is_missing()
    {
        const string query = """
            select i as id, '0' || i as code, case when i % 5 = 0 then null else i * 1.25 end as x, case when i = 3 then null else chr(97 + (i % 3)::int) end as c, i % 2 as y
            from range(40) r(i)
            """;
        DataSplits data = Load(query, o => o with { Drop = ["id", "code"], Missing = MissingPolicy.Median });
        string encoding = data.Encoding!.ToJsonString();
        Assert.Contains("\"words\":[\"a\",\"b\",\"c\"]", encoding, StringComparison.Ordinal);
        Assert.Contains("9 missing values filled in", Assert.Single(data.Notes), StringComparison.Ordinal);
        Assert.Contains("A value is missing", Refused(query, o => o with { Drop = ["id", "code"] }).Message, StringComparison.Ordinal);
        Assert.Contains("code\",\"kind\":\"numeric", Load(query, o => o with { Drop = ["id"], Numeric = ["code"], Missing = MissingPolicy.Mean }).Encoding!.ToJsonString(), StringComparison.Ordinal);
        Problem problem = Refused("select 1 as id, [1, 2] as x, 1 as y");
        Assert.Equal(("The column x has a type that a table can't have", "INTEGER[]"), (problem.Message, problem.Received));
    }

    [Fact]
    public void A_query_that_takes_too_long_ends()
    {
        const string endless = "select count(*) as y, 1 as id from range(100000000000) a(i), range(100000) b(j) where (i * j) % 7 = 3";
        Assert.Equal(("The query took too long", "all rows within 1 s (data.timeout)"), Of(Refused(endless, o => o with { Timeout = 1 })));
        using var cancelled = new CancellationTokenSource();
        cancelled.Cancel();
        Assert.ThrowsAny<OperationCanceledException>(() => Sql.Load(Options(endless), new DatasetContext(3) { CancellationToken = cancelled.Token }));

        static (string, string?) Of(Problem problem) => (problem.Message, problem.Expected);
    }

    [Theory]
    [InlineData("postgresql://me:secret@host/db", true)]
    [InlineData("postgresql://me:secret@host/${env:DB}", true)]
    [InlineData("postgres://me:${env:PW}x@host/db", true)]
    [InlineData("postgresql://me@host/db?password=secret", true)]
    [InlineData("mysql://me:a@b@host/db", true)]
    [InlineData("Host=h;Password=secret", true)]
    [InlineData("postgresql://me:${env:PW}@host/db", false)]
    [InlineData("postgresql://me@host:5433/db", false)]
    [InlineData("${env:DATABASE}", false)]
    [InlineData("duckdb:a/b.duckdb", false)]
    public void A_password_is_found_where_it_is_written(string connection, bool isRefused)
        => Assert.Equal(isRefused, new WrittenConnectionAttribute().Check("data.connection", connection) is not null);

    private static string Rows(int count)
    {
        var text = new StringBuilder("id,x,z,c,y\n");
        for (int i = 0; i < count; i++)
        {
            text.Append(CultureInfo.InvariantCulture, $"{i},{(i * 37 % 101) / 7.0},{(i * i % 53) - 20.5},{"uvw"[i * 5 % 3]},{(i * 7 % 11 < 5 ? "neg" : "pos")}\n");
        }

        return text.ToString();
    }

    private static void Execute(string sql, string file = ":memory:")
    {
        using var connection = new DuckDBConnection($"DataSource={file}");
        connection.Open();
        using DuckDBCommand command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    private void Write(string name, string text) => _folder.Write(name, Encoding.UTF8.GetBytes(text));

    private Sql.Options Options(string query) => new() { Connection = "duckdb:", Query = query, Order = ["id"], Target = ["y"], Drop = ["id"], Folder = _folder.FullPath };

    private DataSplits Load(string query, Func<Sql.Options, Sql.Options>? change = null) => Sql.Load(change?.Invoke(Options(query)) ?? Options(query), new DatasetContext(3) { Target = TargetKind.ClassIndex });

    private Problem Refused(string query, Func<Sql.Options, Sql.Options>? change = null) => Assert.Throws<RequestException>(() => Load(query, change)).Problems[0];

    private void Refused(string says, string where, string query, Func<Sql.Options, Sql.Options> change)
    {
        Problem problem = Refused(query, change);
        Assert.Equal((says, where), (problem.Message, problem.Where));
    }
}
