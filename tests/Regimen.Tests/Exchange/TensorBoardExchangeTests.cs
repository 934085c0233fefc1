using System.Runtime.InteropServices;
using Regimen.Curves;
using Regimen.Exchange;
using Regimen.Listing;
using Regimen.Tests.TestKit;

namespace Regimen.Tests.Exchange;

public sealed class TensorBoardExchangeTests : IDisposable
{
    private readonly ProjectFolder _project = new();

    [Fact]
    public void A_run_that_is_exported_and_imported_has_the_same_curves_bit_for_bit()
    {
        string source = MadeRuns.Make(_project.Folder, "runs/2026-01-01_00-00-00_a", loss: 1.0 / 3);
        _project.Folder.Write("runs/2026-01-01_00-00-00_a/steps.f32", MemoryMarshal.AsBytes<float>([1f / 3, float.NaN, float.Epsilon, float.NegativeInfinity, -0f, .. Enumerable.Range(0, 1001).Select(i => 1f / (i + 7))]));
        File.AppendAllText(Path.Combine(source, "metrics.jsonl"), "{\"epoch\":2,\"step\":14,\"split\":\"test\",\"loss\":\"Infinity\",\"a/b\":0.1,\"samples\":9,\"seconds\":1}\n");
        _project.Do("runs", "export", "--format", "tensorboard", "--output", "tb").Ends(0);
        _project.Do("import", "tensorboard", "tb", "--runs", "imported").Ends(0);
        string folder = Directory.GetDirectories(_project.Folder["imported"]).Single();
        var expected = new CurveReader(source);
        var actual = new CurveReader(folder);
        Assert.Equal(expected.Names.Order(), actual.Names.Order());
        foreach (string name in expected.Names)
        {
            (Curve a, Curve b) = (expected.Find(name)!, actual.Find(name)!);
            Assert.Equal(a.Points.Select(p => (p.Step, BitConverter.SingleToInt32Bits((float)p.Value))), b.Points.Select(p => (p.Step, BitConverter.SingleToInt32Bits((float)p.Value))));
            Assert.All(b.Values.ToArray(), v => Assert.Equal(v, (double)(float)v));
        }

        Assert.Equal(File.ReadAllBytes(Path.Combine(source, "steps.f32")), File.ReadAllBytes(Path.Combine(folder, "steps.f32")));
        RunRow row = RunList.ReadOne(folder);
        Assert.Equal(("finished", "tensorboard", "0.001", "\"adamw\"", null), (row.Status, row.Imported, row.Config["optimizer.lr"], row.Config["optimizer.name"], row.Seed));
        Assert.Equal((double)(float)(1.0 / 3), row.Value("val.loss"));
        Assert.Empty(row.Problems);
    }

    [Fact]
    public void Our_event_file_is_read_by_an_independent_reader()
    {
        string source = MadeRuns.Make(_project.Folder, "runs/a");
        File.Delete(Path.Combine(source, "config.yaml"));
        TensorBoardExport.Write(RunList.ReadOne(source), _project.Folder["tb"]);
        IReadOnlyList<TensorBoardEvent> events = TensorBoardBytes.Read(Directory.GetFiles(_project.Folder["tb"]).Single());
        Assert.Equal("brain.Event:2", events[0].FileVersion);
        Assert.Contains(events, e => e.Step == 14 && e.Values.Count == 1 && e.Values[0] == ("accuracy/val", 0.95f));
    }

    [Fact]
    public void Every_truncation_and_every_changed_byte_gives_a_prefix_and_a_note_and_no_error()
    {
        TensorBoardExport.Write(RunList.ReadOne(MadeRuns.Make(_project.Folder, "runs/a")), _project.Folder["tb"]);
        byte[] whole = File.ReadAllBytes(Directory.GetFiles(_project.Folder["tb"]).Single());
        int count = Read(whole).Count;
        for (int length = 0; length < whole.Length; length += 7)
        {
            Assert.InRange(Read(whole[..length]).Count, 0, count);
        }

        for (int at = 0; at < whole.Length; at += 3)
        {
            byte[] changed = [.. whole];
            changed[at] ^= 0x10;
            (int found, int notes) = Read(changed);
            Assert.True(found < count || at < 40, $"byte {at}");
            Assert.Equal(1, notes);
        }

        Assert.Equal((0, 1), Read([0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0, 1]));
    }

    [Fact]
    public void A_restarted_training_replaces_the_steps_that_it_repeats()
    {
        var events = new TensorBoardEvents();
        events.Add("a", new MemoryStream(Events((1, 10), (2, 20), (3, 30))));
        events.Add("b", new MemoryStream(Events((2, 21), (3, 31), (4, 41))));
        Assert.Equal([(1, 10), (2, 21), (3, 31), (4, 41)], events.Scalars["x"].Select(p => ((int)p.Step, (int)p.Value)));
    }

    [Theory]
    [InlineData("loss/train", "train.loss")]
    [InlineData("train/loss", "train.loss")]
    [InlineData("Loss/validation", "val.Loss")]
    [InlineData("val_loss", "val.loss")]
    [InlineData("val/top/5", "val.top/5")]
    [InlineData("loss/step", "step.loss")]
    [InlineData("lr", "train.lr")]
    [InlineData("grad_norm", "log.grad_norm")]
    [InlineData("num_test", "log.num_test")]
    [InlineData("step_time", "log.step_time")]
    [InlineData("train", "log.train")]
    [InlineData("val/", "log.val/")]
    public void Names_of_other_trackers_become_splits_and_metrics(string tag, string expected)
        => Assert.Equal(expected, $"{SeriesNames.FromTag(tag).Split}.{SeriesNames.FromTag(tag).Metric}");

    [Fact]
    public void An_imported_run_is_listed_and_drawn_but_neither_resumed_nor_verified_nor_imported_twice()
    {
        MadeRuns.Make(_project.Folder, "runs/2026-01-01_00-00-00_a");
        _project.Do("runs", "export", "--format", "tensorboard", "--output", "tb").Ends(0);
        Assert.Contains("1 run(s) imported", _project.Do("import", "tensorboard", "tb", "--runs", "imported").Ends(0).Out, StringComparison.Ordinal);
        Assert.Contains("was imported before", _project.Do("import", "tensorboard", "tb", "--runs", "imported").Ends(0).Out, StringComparison.Ordinal);
        foreach (string command in (string[])["resume", "verify", "evaluate", "predict", "export"])
        {
            string[] rest = command switch { "predict" => ["x.png"], "export" => ["--format", "onnx", "--output", "m.onnx"], _ => [] };
            Assert.Contains("imported from tensorboard", _project.Do([command, "latest", .. rest, "--runs", "imported"]).Ends(2).Error, StringComparison.Ordinal);
        }

        Assert.Contains("imported from tensorboard", _project.Do("runs", "show", "latest", "--runs", "imported").Ends(0).Out, StringComparison.Ordinal);
        Assert.Contains("val.loss", _project.Do("plot", "latest", "--runs", "imported").Ends(0).Out, StringComparison.Ordinal);
        Assert.Contains("finished", _project.Do("runs", "--runs", "imported", "imported=tensorboard").Ends(0).Out, StringComparison.Ordinal);
    }

    [Fact]
    public void Runs_of_Regimen_and_folders_without_events_are_refused()
    {
        MadeRuns.Make(_project.Folder, "runs/a");
        _project.Folder.Write("runs/a/events.out.tfevents.1", "x"u8);
        Assert.Contains("no event files", _project.Do("import", "tensorboard", "runs").Ends(2).Error, StringComparison.Ordinal);
        Assert.Contains("There is no such folder", _project.Do("import", "tensorboard", "nowhere").Ends(2).Error, StringComparison.Ordinal);
    }

    public void Dispose() => _project.Dispose();

    private static byte[] Events(params (long Step, float Value)[] points)
    {
        using var file = new MemoryStream();
        foreach ((long step, float value) in points)
        {
            WireWriter scalar = new WireWriter().Text(1, "x").Single(2, value);
            RecordFile.Write(file, new WireWriter().Double(1, 1000 + step).Varint(2, (ulong)step).Inner(5, new WireWriter().Inner(1, scalar)).Message);
        }

        return file.ToArray();
    }

    private static (int Count, int Notes) Read(byte[] bytes)
    {
        var events = new TensorBoardEvents();
        events.Add("file", new MemoryStream(bytes));
        return (events.Scalars.Values.Sum(p => p.Count), events.Notes.Count);
    }
}
