using System.Buffers.Binary;
using System.Text;
using Regimen.Training;
using Regimen.Tests.TestKit;

namespace Regimen.Tests.Tracking;

/// <summary>What the TensorBoard file of a whole run holds, read from the bytes.</summary>
public sealed class TensorBoardRunTests : IDisposable
{
    private readonly TinyExperiment _tiny = new();

    [Fact]
    public void A_run_writes_config_hyperparameters_samples_confusions_mistakes_and_final_results()
    {
        string run = _tiny.Train([.. TinyExperiment.TwelveSteps, "optimizer.lr=0.0125"]);
        TensorBoardEvent[] events = Read(run);
        TensorBoardSummary config = Other(events, "config");
        Assert.Equal("text", config.Plugin);
        Assert.Contains("\n  lr: 0.0125\n", Encoding.UTF8.GetString(Assert.Single(config.Strings)), StringComparison.Ordinal);

        // plugin_data.proto: experiment 2, session_start_info 3, session_end_info 4.
        (int Field, ulong Number, byte[] Bytes)[] experiment = Plugin(events, "_hparams_/experiment", 2);
        string[] keys = [.. experiment.Where(f => f.Field == 4).Select(f => Text(f.Bytes, 1))];
        Assert.Contains("optimizer.lr", keys);
        Assert.DoesNotContain(keys, k => k is "name" or "runs" or "observers" or "otlp" || k.StartsWith("checkpoint", StringComparison.Ordinal));
        string[] metrics = [.. experiment.Where(f => f.Field == 5).Select(f => Text(Protobuf.Fields(f.Bytes).Single(n => n.Field == 1).Bytes, 2))];

        byte[] lr = Plugin(events, "_hparams_/session_start_info", 3).Where(f => f.Field == 1).Select(f => f.Bytes).Single(e => Text(e, 1) == "optimizer.lr");
        byte[] value = Protobuf.Fields(lr).Single(f => f.Field == 2).Bytes;
        Assert.Equal(0.0125, BitConverter.UInt64BitsToDouble(Protobuf.Fields(value).Single(f => f.Field == 2).Number));
        Assert.Equal(1ul, Plugin(events, "_hparams_/session_end_info", 4).Single(f => f.Field == 1).Number);

        // The results that the page looks up by these tags.
        TensorBoardEvent final = events.Single(e => e.Values.Any(v => v.Tag == "final/test.accuracy"));
        Assert.Equal(metrics.Order(), final.Values.Select(v => v.Tag).Order());
        Assert.Contains("final/val.loss", metrics);
        Assert.Equal(12, final.Step);

        TensorBoardSummary samples = Other(events, "samples");
        Assert.Equal("images", samples.Plugin);
        Assert.Equal(["28", "28"], samples.Strings.Take(2).Select(Encoding.UTF8.GetString));
        Assert.Equal(18, samples.Strings.Count);
        Assert.All(samples.Strings.Skip(2), png => Assert.Equal(28, BinaryPrimitives.ReadInt32BigEndian(png.AsSpan(16))));
        TensorBoardSummary confusion = Other(events, "test/confusion");
        Assert.Equal(240, BinaryPrimitives.ReadInt32BigEndian(confusion.Strings[2].AsSpan(16)));
        Assert.NotEmpty(Other(events, "test/mistakes").Strings.Skip(2));

        // What is known at the start comes before the curves, the end after them.
        string[] order = [.. events.Skip(1).Select(e => e.Others.Count > 0 ? e.Others[0].Tag : e.Values[0].Tag)];
        Assert.Equal(["config", "_hparams_/experiment", "_hparams_/session_start_info", "samples"], order[..4]);
        Assert.Equal(["test/mistakes", "test/confusion", "final/val.loss", "_hparams_/session_end_info"], order[^4..]);
    }

    [Fact]
    public void Histograms_are_of_the_weights_and_the_gradients_of_the_last_step()
    {
        string run = _tiny.Train([.. TinyExperiment.TwelveSteps, "tensorboard.histograms=3", "model.hidden=7"]);
        TensorBoardEvent[] written = [.. Read(run).Where(e => e.Others.Any(o => o.Tag.Contains("fc", StringComparison.Ordinal)))];
        Assert.Equal([9L, 9L], written.Select(w => w.Step));
        TensorBoardSummary[] all = [.. written.SelectMany(w => w.Others)];
        string[] tags = [.. all.Select(o => o.Tag)];
        Assert.Equal(tags.Where(t => t.StartsWith("weights/", StringComparison.Ordinal)).Select(t => t["weights/".Length..]), tags.Where(t => t.StartsWith("gradients/", StringComparison.Ordinal)).Select(t => t["gradients/".Length..]));
        Assert.Equal(8, tags.Length);
        foreach (TensorBoardSummary histogram in all)
        {
            // HistogramProto: min 1, max 2, num 3, sum 4, bucket_limit 6 and bucket 7, both packed.
            double[] limits = Doubles(histogram.Fields(5, 6)[0].Bytes);
            double[] counts = Doubles(histogram.Fields(5, 7)[0].Bytes);
            double Number(int field) => BitConverter.UInt64BitsToDouble(histogram.Fields(5, field).Select(f => f.Number).SingleOrDefault());
            Assert.Equal(limits.Length, counts.Length);
            Assert.Equal(Number(3), counts.Sum());
            Assert.Equal(Number(2), limits[^1]);
            Assert.Equal(limits.Order(), limits);
            Assert.True(Number(1) <= Number(2));
        }

        Assert.Equal(7 * 784, BitConverter.UInt64BitsToDouble(all[0].Fields(5, 3)[0].Number));
    }

    /// <summary>The same events in the same order, and the same weights, wherever a run with everything on is stopped.</summary>
    [Fact]
    public void A_run_that_is_stopped_after_any_step_and_resumed_has_the_file_of_an_undisturbed_run()
    {
        string[] config = [.. TinyExperiment.TwelveSteps, "tensorboard.histograms=2", "checkpoint.every_steps=2"];
        RunBits undisturbed = RunBits.Of(_tiny.Train(config));
        foreach (long step in (long[])[1, 6, 7, 12])
        {
            string run = _tiny.TrainUntil(step, config);
            _tiny.Resume(run);
            RunBits.Of(run).AssertEqual(undisturbed);
        }
    }

    [Fact]
    public void A_run_that_failed_at_its_end_has_each_event_once_after_its_resumption()
    {
        string[] config = [.. TinyExperiment.TwelveSteps, "tensorboard.histograms=1"];
        RunBits undisturbed = RunBits.Of(_tiny.Train(config));
        string? failed = null;
        Assert.Throws<InvalidOperationException>(() => failed = _tiny.Train(config, e => _ = e is TrainEvent.Ended ? throw new InvalidOperationException("killed here") : 0));
        string run = Directory.GetDirectories(_tiny.Runs).Order(StringComparer.Ordinal).Last(r => !r.EndsWith("latest", StringComparison.Ordinal));
        Assert.Null(failed);
        Assert.Equal(2ul, Plugin(Read(run), "_hparams_/session_end_info", 4).Single(f => f.Field == 1).Number);
        _tiny.Resume(run);
        RunBits.Of(run).AssertEqual(undisturbed);
    }

    [Fact]
    public void The_options_do_not_change_a_bit_of_the_run()
    {
        string plain = _tiny.Train(TinyExperiment.TwelveSteps);
        string all = _tiny.Train([.. TinyExperiment.TwelveSteps, "tensorboard.histograms=1"]);
        Assert.Equal(RunBits.Of(plain).Digest, RunBits.Of(all).Digest);
        Assert.Equal(RunBits.Of(plain).Steps, RunBits.Of(all).Steps);
    }

    public void Dispose() => _tiny.Dispose();

    private static TensorBoardEvent[] Read(string run)
        => [.. Directory.GetFiles(run, "events.*").Order(StringComparer.Ordinal).SelectMany(TensorBoardBytes.Read)];

    private static TensorBoardSummary Other(TensorBoardEvent[] events, string tag) => events.SelectMany(e => e.Others).Single(o => o.Tag == tag);

    private static (int Field, ulong Number, byte[] Bytes)[] Plugin(TensorBoardEvent[] events, string tag, int field)
    {
        TensorBoardSummary summary = Other(events, tag);
        Assert.Equal("hparams", summary.Plugin);
        return [.. Protobuf.Fields(Protobuf.Fields(summary.Content).Single(f => f.Field == field).Bytes)];
    }

    private static string Text(byte[] message, int field) => Encoding.UTF8.GetString(Protobuf.Fields(message).Single(f => f.Field == field).Bytes);

    private static double[] Doubles(byte[] packed) => [.. Enumerable.Range(0, packed.Length / 8).Select(i => BinaryPrimitives.ReadDoubleLittleEndian(packed.AsSpan(8 * i)))];
}
