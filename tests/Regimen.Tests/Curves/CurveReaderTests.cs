using System.Runtime.InteropServices;
using System.Text;
using Regimen.Curves;
using Regimen.Tests.TestKit;

namespace Regimen.Tests.Curves;

public sealed class CurveReaderTests : IDisposable
{
    private const string Rows = """
        {"epoch":1,"step":3,"split":"val","loss":0.75,"accuracy":0.5,"samples":9,"seconds":0.5,"samples_per_second":18}
        {"epoch":1,"step":7,"split":"train","loss":2.5,"lr":0.1,"samples":70,"seconds":3,"samples_per_second":23,"epoch_seconds":4}
        {"epoch":1,"step":7,"split":"val","loss":"NaN","accuracy":null,"samples":9,"seconds":0.5,"samples_per_second":18}
        {"epoch":2,"step":14,"split":"train","loss":"Infinity","lr":0.05,"samples":70,"seconds":3,"samples_per_second":23,"epoch_seconds":6}
        {"epoch":2,"step":14,"split":"val","loss":0.25,"accuracy":0.75,"samples":9,"seconds":0.5,"samples_per_second":18}
        {"epoch":1,"step":3,"split":"test","loss":0.3,"accuracy":0.7,"samples":9,"seconds":0.5,"samples_per_second":18}

        """;

    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void Each_value_of_the_metrics_is_a_curve_with_step_epoch_and_time()
    {
        CurveReader curves = Read(Rows, Enumerable.Range(1, 16).Select(i => i / 4f));
        Assert.Equal(["val.loss", "val.accuracy", "train.loss", "lr", "test.loss", "test.accuracy", "step.loss"], curves.Names);
        Assert.Equal([new(7, 1, 4, 2.5), new(14, 2, 10, double.PositiveInfinity)], curves.Find("train.loss")!.Points);
        Assert.Equal([0.75, double.NaN, 0.25], curves.Find("val.loss")!.Values.ToArray());
        Assert.Equal([0.5, double.NaN, 0.75], curves.Find("val.accuracy")!.Values.ToArray());
        Assert.Equal(new CurvePoint(3, 3 / 7.0, 4 * (3 / 7.0), 0.5), curves.Find("val.accuracy")![0]);
        Assert.Equal(0.05, curves.Find("lr")![1].Value);
        Curve steps = curves.Find("step.loss")!;
        Assert.Equal((16, 1L, 0.25), (steps.Count, steps[0].Step, steps[0].Value));

        // Behind the last epoch: at its rate.
        Assert.Equal((16L, 4.0), (steps[15].Step, steps[15].Value));
        Assert.Equal((2 + (2 / 7.0), 10 + (6 * (2 / 7.0))), (steps[15].Epoch, steps[15].Seconds), (a, b) => Math.Abs(a.Item1 - b.Item1) + Math.Abs(a.Item2 - b.Item2) < 1e-9);
        Assert.Null(curves.Find("val.f1"));
        Assert.Empty(curves.Problems);
    }

    [Fact]
    public void Incomplete_and_damaged_files_give_what_can_be_read()
    {
        string damaged = Rows.Replace("\"loss\":\"Infinity\"", "\"loss\":[[", StringComparison.Ordinal) + "{\"epoch\":3,\"step\":";
        _folder.Write("steps.f32", [0, 0, 0x80, 0x3F, 0xFF]);
        _folder.Write("metrics.jsonl", Encoding.UTF8.GetBytes(damaged));
        var curves = new CurveReader(_folder.FullPath);
        Assert.Single(curves.Find("train.loss")!.Points);
        Assert.Equal([1.0], curves.Find("step.loss")!.Values.ToArray());
        Assert.Contains("1 line(s)", Assert.Single(curves.Problems).ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("\n\n")]
    [InlineData("null\n[]\n1\n{}\n")]
    [InlineData("{\"step\":1e99,\"split\":\"val\",\"loss\":1}\n")]
    [InlineData("{\"step\":-5,\"split\":\"val\",\"loss\":1}\n")]
    [InlineData("{\"step\":5,\"split\":7,\"loss\":1}\n")]
    [InlineData("{\"step\":5,\"split\":\"val\",\"loss\":\"x\"}\n")]
    public void Nothing_readable_is_no_curve_and_no_error(string text) => Assert.Empty(Read(text).Names);

    [Fact]
    public void A_folder_that_does_not_exist_has_no_curves() => Assert.Empty(new CurveReader(_folder["nowhere"]).Names);

    [Fact]
    public void A_stopped_epoch_counts_with_its_part()
    {
        CurveReader curves = Read("""
            {"epoch":1,"step":10,"split":"train","loss":1,"seconds":3,"epoch_seconds":4}
            {"epoch":2,"step":15,"split":"train","loss":1,"seconds":2,"epoch_seconds":2}

            """);
        Assert.Equal([1, 1.5], curves.Find("train.loss")!.Points.Select(p => p.Epoch));
    }

    [Fact]
    public void Before_the_end_of_the_first_epoch_the_time_is_estimated_and_the_epoch_follows_from_the_plan()
    {
        _folder.Write("run.json", "{\"started\":\"2026-01-01T00:00:00+00:00\",\"plan\":{\"epochs\":2,\"steps\":16,\"steps_per_epoch\":8}}"u8);
        string steps = _folder.Write("steps.f32", new byte[4 * 4]);
        File.SetLastWriteTimeUtc(steps, new DateTime(2026, 1, 1, 0, 0, 20, DateTimeKind.Utc));
        Assert.Equal(new CurvePoint(2, 0.25, 10, 0), new CurveReader(_folder.FullPath).Find("step.loss")![1]);
    }

    [Fact]
    public void Without_plan_and_times_both_are_unknown_but_the_values_are_there()
    {
        _folder.Write("run.json", "{"u8);
        _folder.Write("steps.f32", new byte[8]);
        CurvePoint point = new CurveReader(_folder.FullPath).Find("step.loss")![1];
        Assert.Equal((2L, true, true, 0.0), (point.Step, double.IsNaN(point.Epoch), double.IsNaN(point.Seconds), point.Value));
    }

    [Fact]
    public void Imported_rows_have_their_own_time()
    {
        CurveReader curves = Read("""
            {"step":0,"split":"val","loss":3,"elapsed":0}
            {"step":4,"split":"val","loss":2,"elapsed":10}

            """);
        Assert.Equal([0, 10], curves.Find("val.loss")!.Points.Select(p => p.Seconds));
    }

    public void Dispose() => _folder.Dispose();

    private CurveReader Read(string rows, IEnumerable<float>? steps = null)
    {
        _folder.Write("metrics.jsonl", Encoding.UTF8.GetBytes(rows.ReplaceLineEndings("\n")));
        if (steps is not null)
        {
            _folder.Write("steps.f32", MemoryMarshal.AsBytes<float>(steps.ToArray()));
        }

        return new CurveReader(_folder.FullPath);
    }
}
