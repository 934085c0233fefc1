using Regimen.App.Hosting;
using Regimen.App.Screen;
using Spectre.Console.Testing;

namespace Regimen.Tests.App;

/// <summary>Tests the layout of text and tables for a terminal.</summary>
public sealed class TextLayoutTests
{
    [Theory]
    [InlineData(0, "0")]
    [InlineData(0.3141592653, "0.31416")]
    [InlineData(3.141592653, "3.1416")]
    [InlineData(-31.41592653, "-31.416")]
    [InlineData(314.1592653, "314.16")]
    [InlineData(3141.592653, "3141.6")]
    [InlineData(31415.92653, "31416")]
    [InlineData(314159.2653, "3.1416e5")]
    [InlineData(460610345719.125, "4.6061e11")]
    [InlineData(0.00031415, "3.1415e-4")]
    [InlineData(double.NaN, "NaN")]
    [InlineData(double.NegativeInfinity, "-∞")]
    public void A_number_has_four_to_five_significant_digits(double value, string shown) => Assert.Equal(shown, DisplayText.Number(value));

    [Theory]
    [InlineData("accuracy", 0.9154, "91.54 %")]
    [InlineData("accuracy", double.NaN, "undefined")]
    [InlineData("rmse", 1234567.891, "1.2346e6")]
    public void A_metric_has_its_unit(string name, double value, string shown) => Assert.Equal(shown, DisplayText.Metric(name, value));

    [Fact]
    public void A_line_is_wrapped_between_words_and_indented_to_its_text()
    {
        Assert.Equal(
            ["status    killed: the record", "          says running, but no", "          process holds the lock"],
            WordWrap.Lines("status    killed: the record says running, but no process holds the lock", 32));
        Assert.Equal(["one two", "  three"], WordWrap.Lines("one two three", 8));
        Assert.Equal(["/home/ada/", "  runs/name"], WordWrap.Lines("/home/ada/runs/name", 12));
        Assert.Equal(["abcdefghijkl", "  m"], WordWrap.Lines("abcdefghijkl m", 6));
        Assert.Equal(["short"], WordWrap.Lines("short", 5));
    }

    [Fact]
    public void No_word_is_split_or_lost_at_any_width()
    {
        const string text = "  learning_rate      How far a step goes, from 1e-9 to 10; a schedule multiplies it. Default 0.001, see optimizer/adamw.";
        for (int width = 12; width <= text.Length; width++)
        {
            string[] lines = [.. WordWrap.Lines(text, width)];
            Assert.Equal(text.Split(' ', StringSplitOptions.RemoveEmptyEntries), string.Join(' ', lines).Split(' ', StringSplitOptions.RemoveEmptyEntries).Aggregate(new List<string>(), Joined));
            Assert.All(lines, l => Assert.True(l.Length <= width || l.Trim().IndexOf(' ', StringComparison.Ordinal) < 0, $"{width}: '{l}'"));
        }

        // A path may be broken after a slash.
        static List<string> Joined(List<string> words, string word)
        {
            if (words is [.., var last] && last.EndsWith('/'))
            {
                words[^1] = last + word;
            }
            else
            {
                words.Add(word);
            }

            return words;
        }
    }

    [Fact]
    public void A_table_without_room_leaves_out_columns_and_names_them()
    {
        Column[] columns = [new("run"), new("status"), new("loss", IsNumber: true, LeftOut: 1), new("time", IsNumber: true, LeftOut: 2)];
        Cell[][] rows = [["2026-11-23_14-03-22_mnist-mlp", "finished", "0.08051", "1:02 min"]];
        Assert.Equal(
            [
                "run                            status       loss      time",
                "2026-11-23_14-03-22_mnist-mlp  finished  0.08051  1:02 min",
            ],
            Written(60, columns, rows));
        Assert.Equal(
            [
                "run                            status       loss",
                "2026-11-23_14-03-22_mnist-mlp  finished  0.08051",
                "Columns that do not fit: time.",
            ],
            Written(50, columns, rows));
        Assert.Equal(2, Written(null, columns, rows).Length);
    }

    [Fact]
    public void A_table_of_required_columns_continues_below()
        => Assert.Equal(
            ["run   optimizer.name  model.hidden", "aaaa  adamw           [256, 128]", "", "run   val.loss", "aaaa   0.08051"],
            Written(40, [new("run"), new("optimizer.name"), new("model.hidden"), new("val.loss", IsNumber: true)], [["aaaa", "adamw", "[256, 128]", "0.08051"]]));

    private static string[] Written(int? width, Column[] columns, Cell[][] rows)
    {
        using var console = new TestConsole().Width(width ?? 80);
        using var output = new StringWriter { NewLine = "\n" };
        TextTable.Write(
            Page.Of(new AppHost { Out = output, Error = TextWriter.Null, Console = console, IsTerminal = width is not null, WorkingDirectory = "/" }), columns, rows);
        return (width is null ? output.ToString() : console.Output).TrimEnd('\n').Split('\n');
    }
}
