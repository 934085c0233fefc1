using System.Diagnostics.Metrics;
using System.Runtime.InteropServices;
using Regimen.Runs;
using Regimen.Tests.TestKit;
using Regimen.Training;

namespace Regimen.Tests.Tracking;

/// <summary>What a collector on this machine receives, and that one that refuses, fails or hangs changes nothing of a run.</summary>
public sealed class OtlpTests : IDisposable
{
    private readonly TinyExperiment _tiny = new();

    [Fact]
    public void A_collector_receives_loss_samples_waits_checkpoints_metrics_and_spans()
    {
        using OtlpCollector collector = OtlpCollector.Answering();
        string run = _tiny.Train([.. TinyExperiment.TwelveSteps, $"otlp={collector.Address}"]);

        float[] losses = MemoryMarshal.Cast<byte, float>(File.ReadAllBytes(Path.Combine(run, "steps.f32"))).ToArray();
        Assert.Equal(losses[^1], (float)Number(collector.Points("regimen.loss").Last(), 4));
        Assert.Equal(12ul, collector.Points("regimen.loader.wait").Last().Point.Single(f => f.Field == 4).Number);
        Assert.Equal(4ul, collector.Points("regimen.checkpoint.duration").Last().Point.Single(f => f.Field == 4).Number);
        long samples = MetricsFile.ReadAll(Path.Combine(run, "metrics.jsonl")).Where(r => (string)r["split"]! == "train").Sum(r => (long)r["samples"]!);
        Assert.Equal((ulong)samples, collector.Points("regimen.samples").Last().Point.Single(f => f.Field == 6).Number);
        Assert.NotEmpty(collector.Points("regimen.lr"));
        Assert.NotEmpty(collector.Points("regimen.metric"));

        (string Name, string Id, string Parent, bool Failed)[] spans = [.. collector.Spans];
        (string Name, string Id, string Parent, bool Failed) root = spans.Single(s => s.Name == "run");
        Assert.Equal(("", false), (root.Parent, root.Failed));
        Assert.Equal(
            ["checkpoint 4", "epoch 4", "run 1", "test 1", "validation 4"],
            spans.GroupBy(s => s.Name).Select(g => $"{g.Key} {g.Count()}").Order(StringComparer.Ordinal));
        Assert.All(spans.Where(s => s.Name is "epoch" or "test" or "checkpoint"), s => Assert.Equal(root.Id, s.Parent));
        Assert.Equal(spans.Where(s => s.Name == "epoch").Select(s => s.Id).Order(), spans.Where(s => s.Name == "validation").Select(s => s.Parent).Order());
        Assert.Empty(Warnings(run));
    }

    [Fact]
    public void The_span_of_a_failed_run_has_the_status_of_an_error()
    {
        using OtlpCollector collector = OtlpCollector.Answering();
        Assert.Throws<InvalidOperationException>(() => _tiny.Train(
            [.. TinyExperiment.TwelveSteps, $"otlp={collector.Address}"], e => _ = e is TrainEvent.Validated ? throw new InvalidOperationException("stop") : 0));
        Assert.True(collector.Spans.Single(s => s.Name == "run").Failed);
    }

    [Fact]
    public void A_collector_that_refuses_or_fails_or_hangs_is_told_once_and_the_run_is_the_same()
    {
        RunBits plain = RunBits.Of(_tiny.Train(TinyExperiment.TwelveSteps));
        using OtlpCollector hanging = OtlpCollector.Hanging();
        using OtlpCollector failing = OtlpCollector.Answering(status: 500);
        foreach (string address in (string[])[hanging.Address, failing.Address, $"http://127.0.0.1:{OtlpCollector.FreePort()}/path"])
        {
            string run = _tiny.Train([.. TinyExperiment.TwelveSteps, $"otlp={address}"]);
            RunBits.Of(run).AssertEqual(plain);
            Assert.Contains(address, Assert.Single(Warnings(run)), StringComparison.Ordinal);
        }

        Assert.NotEmpty(hanging.Requests);
    }

    [Fact]
    public void A_listener_in_the_process_that_throws_is_told_once_and_the_run_is_the_same()
    {
        RunBits plain = RunBits.Of(_tiny.Train(TinyExperiment.TwelveSteps));
        using OtlpCollector collector = OtlpCollector.Answering();
        using var listener = new MeterListener { InstrumentPublished = (instrument, l) => { if (instrument.Meter.Name == "Regimen") { l.EnableMeasurementEvents(instrument); } } };
        listener.SetMeasurementEventCallback<double>((_, _, _, _) => throw new InvalidOperationException("it broke"));
        listener.Start();
        string run = _tiny.Train([.. TinyExperiment.TwelveSteps, $"otlp={collector.Address}"]);
        listener.Dispose();
        RunBits.Of(run).AssertEqual(plain);
        Assert.EndsWith("it broke", Assert.Single(Warnings(run)), StringComparison.Ordinal);
    }

    [Fact]
    public void Without_an_address_no_assembly_of_OpenTelemetry_is_loaded()
    {
        using var project = new ProjectFolder();
        using CommandProcess process = CommandProcess.WithTestData(project.Folder.FullPath, "train", $"data.root={project.Data}", "trainer.epochs=1", "observers=[loaded_assemblies]");
        process.WaitForEnd().Ends(0);
        string[] loaded = File.ReadAllLines(Directory.GetFiles(project.Runs, "assemblies.txt", SearchOption.AllDirectories)[0]);
        Assert.Contains("TorchSharp", loaded);
        Assert.DoesNotContain(loaded, name => name.StartsWith("OpenTelemetry", StringComparison.Ordinal) || name == "System.Net.Http");
    }

    [Theory]
    [InlineData("127.0.0.1:4318")]
    [InlineData("grpc://localhost:4317")]
    [InlineData("http://localhost:65536")]
    [InlineData("http://user:secret@localhost")]
    public void An_address_that_is_none_is_refused_before_the_first_step(string address)
        => Assert.Contains("otlp", Assert.Throws<RequestException>(() => _tiny.Train([.. TinyExperiment.TwelveSteps, $"otlp={address}"])).Message, StringComparison.Ordinal);

    public void Dispose() => _tiny.Dispose();

    private static IEnumerable<string> Warnings(string run) => File.ReadAllLines(Path.Combine(run, "train.log")).Where(l => l.Contains("Z WRN ", StringComparison.Ordinal));

    private static double Number((int Kind, (int Field, ulong Number, byte[] Bytes)[] Point) point, int field)
        => BitConverter.UInt64BitsToDouble(point.Point.Single(f => f.Field == field).Number);
}
