using System.Diagnostics;
using System.Text;
using CsCheck;
using Regimen.Configuration;

namespace Regimen.Tests;

/// <summary>Settings in messages keep their meaning when they are typed into a shell.</summary>
public sealed class ShellTextTests
{
    private static readonly string[] Special =
    [
        "-", "--", "#id", "Unnamed: 0", "m [kg]", "a, b", "null", "~", "true", "1", "0.5", "1e3", "${model.hidden}", "$HOME", "`ls`",
        "!!x", "a\nb", " x ", "it's", "*", "[1].csv",
    ];

    private static readonly Gen<string> Texts = Gen.OneOf(
        Gen.Char["ab- .,:#[]{}&*!|>'\"%@`$\\~=?;()<>\u00e9\u20ac\t"].Array[0, 12].Select(c => new string(c)),
        Gen.Int[0, Special.Length - 1].Select(i => Special[i]));

    [Fact]
    public void Any_text_reaches_the_config_through_a_shell()
    {
        Assert.SkipUnless(File.Exists("/bin/sh"), "there is no sh");
        List<(string Setting, string[] Values)> all = [];
        Texts.Array[0, 3].Sample(values => { lock (all) { all.Add((ShellText.Setting("data.missing_values", values), values)); } }, iter: 400);
        int lists = all.Count;
        Texts.Sample(value => { lock (all) { all.Add((ShellText.Setting("data.path", value), [value])); } }, iter: 400);
        string[] words = Shell(string.Join(' ', all.Select(a => a.Setting)));
        Assert.Equal(all.Count, words.Length);
        for (int i = 0; i < words.Length; i++)
        {
            List<Problem> problems = [];
            ConfigNode? value = Value(words[i], problems);
            Assert.True(problems.Count == 0, $"{all[i].Setting}: {string.Join('\n', problems)}");
            IEnumerable<string> read = i < lists ? ((SequenceNode)value!).Items.Cast<ScalarNode>().Select(Text) : [Text((ScalarNode)value!)];
            Assert.Equal(all[i].Values, read);
        }
    }

    [Theory]
    [InlineData("data.drop=[a,b_2]", "data.drop=[a,b_2]")]
    [InlineData("runs/my run/config.yaml", "'runs/my run/config.yaml'")]
    [InlineData("it's", "'it'\\''s'")]
    [InlineData("", "''")]
    [InlineData("~/x", "'~/x'")]
    public void A_word_is_quoted_only_if_a_shell_would_change_it(string text, string typed) => Assert.Equal(typed, ShellText.Word(text));

    private static string Text(ScalarNode node)
    {
        Assert.False(node.IsNull);
        IReadOnlyList<InterpolationPart> parts = Interpolation.Parse(node.Text)!;
        Assert.All(parts, p => Assert.False(p.IsReference));
        return string.Concat(parts.Select(p => p.Text));
    }

    private static ConfigNode? Value(string word, List<Problem> problems)
    {
        var layer = CommandLineLayer.Read([word], problems);
        return layer.Keys.Count == 1 ? layer.Keys[0].Value : null;
    }

    private static string[] Shell(string words)
    {
        var start = new ProcessStartInfo("/bin/sh", ["-c", $"printf '%s\\000' {words}"]) { RedirectStandardOutput = true, StandardOutputEncoding = new UTF8Encoding(false) };
        using Process shell = Process.Start(start)!;
        string output = shell.StandardOutput.ReadToEnd();
        shell.WaitForExit();
        return output.Split('\0')[..^1];
    }
}
