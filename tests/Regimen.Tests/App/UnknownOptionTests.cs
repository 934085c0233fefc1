using Regimen.Tests.TestKit;

namespace Regimen.Tests.App;

/// <summary>Commands that take any number of runs or files do not take a misspelt option for one of them.</summary>
public sealed class UnknownOptionTests : IDisposable
{
    private readonly ProjectFolder _project = new();

    [Theory]
    [InlineData("regimen serve", "serve", "latest", "--prot", "80")]
    [InlineData("regimen predict", "predict", "latest", "--tob", "3")]
    [InlineData("regimen plot", "plot", "latest", "--curv", "val.loss")]
    [InlineData("regimen runs compare", "runs", "compare", "latest", "--jso")]
    public void A_misspelt_option_is_named_and_the_nearest_one_too(string name, params string[] command)
    {
        CommandOutput output = _project.Do(command).Ends(2);
        Assert.Contains($"{name}: Unknown option", output.Error, StringComparison.Ordinal);
        Assert.Contains("Did you mean `--", output.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void What_follows_two_dashes_is_a_file()
        => Assert.DoesNotContain("Unknown option", _project.Do("predict", "latest", "--", "--file.png").Error, StringComparison.Ordinal);

    public void Dispose() => _project.Dispose();
}
