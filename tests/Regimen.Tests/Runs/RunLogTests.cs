using Regimen.Runs;
using Regimen.Tests.TestKit;

namespace Regimen.Tests.Runs;

public sealed class RunLogTests
{
    [Fact]
    public void Lines_have_a_UTC_time_a_level_and_the_text()
    {
        using var folder = new TemporaryFolder();
        using (var log = new RunLog(folder["train.log"]))
        {
            log.Information("config\n  a: {b}, \"c\" {0}");
            log.Warning("look");
        }

        using (var log = new RunLog(folder["train.log"]))
        {
            log.Error("ended");
        }

        const string stamp = @"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}Z";
        Assert.Matches($@"\A{stamp} INF config\n  a: \{{b\}}, ""c"" \{{0\}}\r?\n{stamp} WRN look\r?\n{stamp} ERR ended\r?\n\z", File.ReadAllText(folder["train.log"]));
    }

    [Theory]
    [InlineData("work done", "work done|a|b|c")]
    [InlineData(null, "a|b|c")]
    public void Buffered_lines_are_written_after_the_line_of_the_work_they_waited_for(string? told, string expected)
    {
        using var folder = new TemporaryFolder();
        using (var log = new RunLog(folder["train.log"]))
        {
            log.Hold();
            log.Information("a");
            log.Warning("b");
            Assert.Equal(0, new FileInfo(folder["train.log"]).Length);
            log.Release(told);
            log.Information("c");
        }

        Assert.Equal(expected, string.Join('|', File.ReadAllLines(folder["train.log"]).Select(l => l[29..])));
    }

    [Fact]
    public void The_time_is_UTC_in_every_time_zone()
    {
        using var folder = new TemporaryFolder();
        DateTimeOffset before = TimeProvider.System.GetUtcNow();
        using (var log = new RunLog(folder["train.log"]))
        {
            log.Information("x");
        }

        string stamp = File.ReadAllText(folder["train.log"])[..24];
        DateTimeOffset written = DateTimeOffset.ParseExact(stamp, "yyyy-MM-dd HH:mm:ss.fff'Z'", System.Globalization.CultureInfo.InvariantCulture, System.Globalization.DateTimeStyles.AssumeUniversal);
        Assert.InRange(written, before.AddMilliseconds(-1), TimeProvider.System.GetUtcNow());
    }
}
