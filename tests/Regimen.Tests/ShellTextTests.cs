using System.Diagnostics;

namespace Regimen.Tests;

/// <summary>A word that is quoted for the shell comes out of it as it was.</summary>
public sealed class ShellTextTests
{
    [Theory]
    [InlineData("optimizer.lr=0.01", "optimizer.lr=0.01")]
    [InlineData("/a b/config.yaml", "'/a b/config.yaml'")]
    [InlineData("data.drop=[a, b]", "'data.drop=[a, b]'")]
    [InlineData("it's", @"'it'\''s'")]
    [InlineData("", "''")]
    [InlineData("=x", "'=x'")]
    public void A_word_is_quoted_only_where_it_has_to_be(string word, string quoted)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "a POSIX shell's quotes");
        Assert.Equal(quoted, ShellText.Quote(word));
    }

    [Fact]
    public void The_shell_gives_every_word_back()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "there is no sh");
        string[] words =
        [
            "~", "$HOME", "`id`", "a;b", "#c", "m [kg]", "Unnamed: 0", "a, b", "*", "\"q\"", "'", "\\", "two\nlines", "!x", "-n", "é €",
            .. Enumerable.Range(33, 94).Select(c => $"x{(char)c}y"), .. Enumerable.Range(33, 94).Select(c => $"{(char)c}"),
        ];
        var start = new ProcessStartInfo("/bin/sh") { RedirectStandardOutput = true, ArgumentList = { "-c", $"printf '%s\\0' {ShellText.Command(words)}" } };
        using Process shell = Process.Start(start)!;
        string given = shell.StandardOutput.ReadToEnd();
        shell.WaitForExit();
        Assert.Equal(words, given.TrimEnd('\0').Split('\0'));
    }
}
