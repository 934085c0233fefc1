using Regimen.Tests.TestKit;

namespace Regimen.Tests.App;

public sealed class HelpTests : IDisposable
{
    private readonly ProjectFolder _project = new();

    public static TheoryData<string> Commands => new(
        "", "train", "resume", "fork", "evaluate", "verify", "runs", "runs show", "runs compare", "inspect", "inspect config", "inspect model", "inspect data", "inspect schedule", "find", "find lr", "find batch", "doctor");

    [Theory]
    [MemberData(nameof(Commands))]
    public void Every_command_prints_help_even_with_other_errors(string command)
    {
        string[] words = command.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        foreach (string help in (string[])["--help", "-h", "-?"])
        {
            CommandOutput output = _project.Do([.. words, help]).Ends(0);
            Assert.Empty(output.Error);
            Assert.Contains($"regimen {command}".TrimEnd(), output.Out, StringComparison.Ordinal);
            Assert.DoesNotContain("Regimen.Cli", output.Out, StringComparison.Ordinal);
        }

        Assert.Contains("Usage:", _project.Do([.. words, "--no-such-option", "--help"]).Out, StringComparison.Ordinal);
    }

    [Fact]
    public void An_unknown_command_is_reported_with_the_nearest_one()
    {
        CommandOutput output = _project.Do("resum", "--help").Ends(2);
        Assert.Contains("Did you mean `resume`?", output.Error, StringComparison.Ordinal);
    }

    public void Dispose() => _project.Dispose();
}
