using System.Text;
using Regimen.Datasets;
using Regimen.Tests.TestKit;

namespace Regimen.Tests.App;

/// <summary>Runs on the rows of a PostgreSQL server.</summary>
public sealed class PostgresRunTests : IClassFixture<PostgresServer>, IDisposable
{
    private const string Variable = "REGIMEN_TEST_PASSWORD";
    private readonly ProjectFolder _project = new();
    private readonly PostgresServer _server;

    public PostgresRunTests(PostgresServer server)
    {
        server.SkipWhereMissing();
        _server = server;
        Environment.SetEnvironmentVariable(Variable, Uri.EscapeDataString(PostgresServer.Password));
        _server.Execute("""
            drop table if exists sales;
            create table sales as select i as id, (i * 37 % 101)::numeric / 8 as x, case when i % 4 = 0 then null else sin(i) end as z,
              case when i % 3 = 0 then 'a' when i % 3 = 1 then 'B' else 'ä' end as c, (i * 37 % 101) > 50 as y from generate_series(1, 307) s(i) order by md5(i::text);
            """);
    }

    public void Dispose()
    {
        Environment.SetEnvironmentVariable(Variable, null);
        _project.Dispose();
    }

    [Fact]
    public void A_run_is_resumed_verified_and_used_and_the_password_is_nowhere()
    {
        CommandOutput trained = Train("trainer.epochs=3", "tensorboard.histograms=1", "--json").Ends(0);
        CommandOutput resumed = _project.Do("resume", "latest", "trainer.epochs=4", "--json");
        CommandOutput[] outputs =
        [
            trained, resumed, _project.Do("verify", "latest").Ends(0), _project.Do("evaluate", "latest", "--json").Ends(0),
            _project.Do(["inspect", "data", .. Settings()]).Ends(0),
        ];
        string[] secrets = [PostgresServer.Password, Uri.EscapeDataString(PostgresServer.Password)];
        foreach (CommandOutput output in outputs)
        {
            Assert.DoesNotContain(secrets, s => (output.Out + output.Error).Contains(s, StringComparison.Ordinal));
        }

        foreach (string file in Directory.GetFiles(_project.Runs, "*", SearchOption.AllDirectories))
        {
            string bytes = Encoding.Latin1.GetString(File.ReadAllBytes(file));
            Assert.False(secrets.Any(s => bytes.Contains(s, StringComparison.Ordinal)), file);
        }

        Assert.Contains("${env:REGIMEN_TEST_PASSWORD}", File.ReadAllText(Path.Combine(_project.Run, "config.yaml")), StringComparison.Ordinal);
    }

    [Fact]
    public void Rows_that_changed_are_told()
    {
        Train("trainer.epochs=2").Ends(0);
        _server.Execute("update sales set x = x + 1 where id = 17");
        CommandOutput verified = _project.Do("verify", "latest");
        Assert.NotEqual(0, verified.ExitCode);
        Assert.Contains("data", verified.Out + verified.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_model_predicts_rows_of_a_csv_file_without_the_server()
    {
        Train("trainer.epochs=1").Ends(0);
        Environment.SetEnvironmentVariable(Variable, null);
        _project.Folder.Write("new.csv", "c,z,x\nB,0.5,3\nä,,4\n"u8);
        Assert.Equal(3, _project.Do("predict", "latest", _project.Folder["new.csv"]).Ends(0).Lines.Length);
    }

    [Fact]
    public void A_server_that_is_lost_or_slow_or_refuses_gives_a_reason()
    {
        Problem lost = Refused("select id, x, y, case when id = 250 then pg_terminate_backend(pg_backend_pid()) end as k from sales");
        Assert.StartsWith("The connection to the database was lost", lost.Message, StringComparison.Ordinal);
        Problem slow = Refused("select id, x, y, pg_sleep(60)::text as k from sales", o => o with { Timeout = 1 });
        Assert.Equal("The query took too long", slow.Message);
        Problem refused = Refused("select * from sales", o => o with { Connection = _server.WithPassword("wrong-password") });
        Assert.Equal("data.connection", refused.Where);
        Assert.DoesNotContain("wrong-password", refused.ToString(), StringComparison.Ordinal);
        Assert.Contains("read-only transaction", Refused("select id, x, y, nextval('s') as k from sales", create: "create sequence if not exists s").Message, StringComparison.Ordinal);
        Assert.Contains("does not exist", Refused("select * from nothing").Message, StringComparison.Ordinal);
        Assert.Contains("two rows have the same values", Refused("select c as id, x, y from sales").Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_password_in_a_config_is_refused_and_not_shown()
    {
        CommandOutput refused = _project.Do("train", "data=sql", $"data.connection={_server.WithPassword("pass-in-config")}", "data.query=select 1", "data.order=[id]", "data.target=[y]").Ends(2);
        Assert.Contains("A password must not be written in a config", refused.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("pass-in-config", refused.Out + refused.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_project.Runs));
    }

    private string[] Settings() =>
    [
        "data=sql", $"data.connection={_server.Connection}", "data.query=select * from sales", "data.order=[id]", "data.target=[y]", "data.drop=[id]", "data.missing=mean",
        "loader.batch_size=16",
    ];

    private CommandOutput Train(params string[] more) => _project.Do(["train", .. Settings(), .. more]);

    private Problem Refused(string query, Func<Sql.Options, Sql.Options>? change = null, string? create = null)
    {
        if (create is not null)
        {
            _server.Execute(create);
        }

        var options = new Sql.Options { Connection = _server.WithPassword(), Query = query, Order = ["id"], Target = ["y"], Drop = [] };
        return Assert.Throws<RequestException>(() => Sql.Load(change?.Invoke(options) ?? options, new DatasetContext(3))).Problems[0];
    }
}
