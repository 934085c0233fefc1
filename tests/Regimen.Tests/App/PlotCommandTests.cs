using System.Text;
using System.Text.Json.Nodes;
using System.Xml.Linq;
using Regimen.App.Screen;
using Regimen.Tests.TestKit;
using SkiaSharp;

namespace Regimen.Tests.App;

public sealed class PlotCommandTests : IDisposable
{
    private readonly ProjectFolder _project = new();

    public PlotCommandTests()
    {
        MadeRuns.Make(_project.Folder, "runs/2026-01-01_00-00-00_a", loss: 0.5);
        MadeRuns.Make(_project.Folder, "runs/2026-01-02_00-00-00_b", loss: 0.25, seed: 7);
        WriteSteps("a", [.. Enumerable.Range(0, 3001).Select(i => i == 1777 ? -3f : i == 2000 ? float.NaN : 1f / (1 + i))]);
    }

    [Fact]
    public void Without_a_terminal_curves_are_drawn_in_ascii_with_legend_and_axes()
    {
        string text = _project.Do("plot", "a", "--curve", "val.loss,train.loss", "--x", "epoch").Ends(0).Out;
        Assert.True(Ascii.IsValid(text), text);
        string[] lines = text.TrimEnd('\n').Split('\n');
        Assert.Equal(2 + 20 + 3, lines.Length);
        Assert.Equal("** val.loss    last 0.50000, least 0.50000, greatest 1.5000", lines[0]);
        Assert.StartsWith("++ train.loss  last 1.5000, ", lines[1], StringComparison.Ordinal);
        Assert.Matches(@"^ 2\.5\+\+", lines[2]);
        Assert.EndsWith("*", lines[21], StringComparison.Ordinal);
        Assert.Equal("epoch", lines[^1].Trim());
    }

    [Fact]
    public void A_dip_of_one_step_is_drawn()
        => Assert.Contains("least -3", _project.Do("plot", "a", "--curve", "step.loss").Ends(0).Out, StringComparison.Ordinal);

    [Fact]
    public void The_mean_over_runs_is_one_curve()
        => Assert.StartsWith("** mean of 2 val.loss  last 0.37500, least 0.37500, greatest 1.3750\n", _project.Do("plot", "a", "b", "--curve", "val.loss", "--mean").Ends(0).Out, StringComparison.Ordinal);

    [Fact]
    public void Svg_and_png_are_written_and_are_the_same_for_the_same_runs()
    {
        string[] plot = ["plot", "a", "b", "--curve", "val.loss,step.loss", "--smooth", "0.5", "--output"];
        WriteSteps("b", [3, 2, 1]);
        Assert.Equal($"wrote {_project.Folder["p.svg"]}\n", _project.Do([.. plot, "p.svg"]).Ends(0).Out);
        string svg = File.ReadAllText(_project.Folder["p.svg"]);
        Assert.Equal("svg", XDocument.Parse(svg).Root!.Name.LocalName);
        Assert.Contains("b val.loss", svg, StringComparison.Ordinal);
        _project.Do([.. plot, "q.svg"]).Ends(0);
        Assert.Equal(svg, File.ReadAllText(_project.Folder["q.svg"]));
        _project.Do([.. plot, "p.png"]).Ends(0);
        using SKBitmap picture = SKBitmap.Decode(_project.Folder["p.png"]);
        Assert.Equal((1800, 920), (picture.Width, picture.Height));
        Assert.Contains(new SKColor(0x0B, 0x62, 0xB8), picture.Pixels);
    }

    [Fact]
    public void Json_has_the_points_with_step_epoch_and_time()
    {
        JsonNode curve = _project.Do("plot", "a", "--curve", "val.loss", "--json").Ends(0).Json["curves"]![0]!;
        Assert.Equal("[7,14] [1,2] [4,9] [1.5,0.5]", $"{curve["step"]!.ToJsonString()} {curve["epoch"]!.ToJsonString()} {curve["seconds"]!.ToJsonString()} {curve["value"]!.ToJsonString()}");
    }

    [Theory]
    [InlineData("Did you mean `val.loss`?", "--curve", "val.los")]
    [InlineData("--x", "--x", "steps")]
    [InlineData("below 1", "--smooth", "1")]
    [InlineData("FILE.png or FILE.svg", "--output", "p.gif")]
    [InlineData("There is no run 'x'", "x")]
    public void A_wrong_request_is_refused(string expected, params string[] args)
        => Assert.Contains(expected, _project.Do(["plot", "a", .. args]).Ends(2).Error, StringComparison.Ordinal);

    [Fact]
    public void A_run_without_a_curve_is_refused_and_a_run_of_one_step_is_drawn()
    {
        _project.Folder.Write("runs/2026-01-01_00-00-00_a/metrics.jsonl", ""u8);
        WriteSteps("a", [2]);
        Assert.Contains("step.loss", _project.Do("plot", "a").Ends(0).Out, StringComparison.Ordinal);
        File.Delete(_project.Folder["runs/2026-01-01_00-00-00_a/steps.f32"]);
        Assert.Contains("no curve yet", _project.Do("plot", "a").Ends(2).Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Dots_are_braille_patterns_of_two_by_four()
    {
        var canvas = new DotCanvas(3, 1, isBraille: true);
        canvas.Line(0, 3, 3, 0, series: 0);
        canvas.Set(5, 3, series: 1);
        canvas.Set(6, 0, series: 1);
        Assert.Equal([("⡠⠊", 0), ("⢀", 1)], canvas.Row(0));
    }

    public void Dispose() => _project.Dispose();

    private void WriteSteps(string run, float[] losses) => _project.Folder.Write(
        $"runs/2026-01-0{(run == "a" ? 1 : 2)}_00-00-00_{run}/steps.f32", System.Runtime.InteropServices.MemoryMarshal.AsBytes<float>(losses));
}
