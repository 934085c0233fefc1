using Regimen.App.Screen;
using Regimen.Tests.TestKit;

namespace Regimen.Tests.App;

/// <summary>Tests the output of downloads.</summary>
public sealed class DownloadCommandTests
{
    [Fact]
    public void A_file_that_is_not_the_published_one_ends_the_command_with_2()
    {
        using var project = new ProjectFolder();
        using LocalServer server = LocalServer.Start((_, stream) => LocalServer.WriteAsync(stream, 200, [1, 2, 3]));
        string root = project.Folder["data/kmnist"];
        CommandOutput output = project.Do("train", "data=kmnist", $"data.root={root}", "data.download=true", $"data.url={server.Address}").Ends(2);
        Assert.Contains("MD5 bdb82020997e1d708af4cf47b453dcf7", output.Error, StringComparison.Ordinal);
        Assert.Contains($"into {root} by hand", output.Error, StringComparison.Ordinal);
        Assert.Single(server.Requests);
        Assert.Empty(Directory.GetFiles(root));
        Assert.False(Directory.Exists(project.Runs));
    }

    [Fact]
    public void A_terminal_shows_a_redrawn_bar_and_then_the_file()
    {
        using var output = new StringWriter { NewLine = "\n" };
        using (var line = new DownloadLine(output, isTerminal: true, TimeProvider.System))
        {
            line.Report(new("digits.gz", "example.org", 2_500_000, 10_000_000, IsComplete: false));
            line.Report(new("digits.gz", "example.org", 10_000_000, 10_000_000, IsComplete: true));
            line.Report(new("more.gz", "example.org", 1_000_000, null, IsComplete: false));
        }

        const string Bar = "digits.gz  ━━━━━━──────────────────  2.5 of 10.0 MB";
        const string Second = "more.gz  1.0 MB";
        Assert.Equal(
            $"\r{Bar}{Over(Bar)}downloaded digits.gz (10.0 MB) from example.org\n\r{Second}{Over(Second)}",
            output.ToString());

        static string Over(string text) => $"\r{new string(' ', text.Length)}\r";
    }

    [Fact]
    public void A_pipe_gets_one_line_per_file()
    {
        using var output = new StringWriter { NewLine = "\n" };
        using (var line = new DownloadLine(output, isTerminal: false, TimeProvider.System))
        {
            line.Report(new("digits.gz", "example.org", 2_500_000, 10_000_000, IsComplete: false));
            line.Report(new("digits.gz", "example.org", 10_000_000, 10_000_000, IsComplete: true));
        }

        Assert.Equal("downloaded digits.gz (10.0 MB) from example.org\n", output.ToString());
    }
}
