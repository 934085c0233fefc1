using Regimen.App.Hosting;
using Regimen.App.Screen;
using Regimen.Runs;
using Regimen.Tests.TestKit;
using Regimen.Training;
using Spectre.Console.Testing;

namespace Regimen.Tests.App;

/// <summary>Tests the output of the screens.</summary>
public sealed class ScreenTests
{
    private static readonly TinyNet Model = TinyNet.Seeded();

    private static readonly RunHeader Header = new(
        "mnist [1, 28, 28], train 48,000", "mlp, 101,770 parameters", "adamw, batch 64", "cpu, 1 thread", "/home/ada/runs/2026-11-23_14-03-22_mnist-mlp")
    {
        Metrics = ["val.accuracy"],
    };

    private static readonly RunSummary Summary = new(
        "Stopped early after epoch 12, step 9000: val.loss has not improved.", [("test loss", "0.08051"), ("test accuracy", "97.61 %"), ("run", "/home/ada/runs/2026-11-23_14-03-22_mnist-mlp")]);

    [Fact]
    public void The_plain_screen_has_the_expected_lines()
    {
        using var output = new StringWriter { NewLine = "\n" };
        Show(new PlainScreen(output));
        Assert.Equal(
            """
            data      mnist [1, 28, 28], train 48,000
            model     mlp, 101,770 parameters
            training  adamw, batch 64
            device    cpu, 1 thread
            run       /home/ada/runs/2026-11-23_14-03-22_mnist-mlp

                epoch  train loss    val loss  val accuracy     time
                 1/12     0.31415     0.27183       91.50 %    1.2 s  best
                 2/12     0.25000           -             -  1:02 min
                12/12   4.6061e11     0.27182      100.00 %   2:02 h

            Stopped early after epoch 12, step 9000: val.loss has not improved.
            test loss      0.08051
            test accuracy  97.61 %
            run            /home/ada/runs/2026-11-23_14-03-22_mnist-mlp

            """.ReplaceLineEndings("\n"),
            output.ToString());
    }

    [Fact]
    public void The_terminal_screen_has_the_expected_lines_at_80_columns()
    {
        using var console = new TestConsole().Width(80);
        console.Profile.Capabilities.Ansi = false;
        Show(new TerminalScreen(console, PageOn(console), StoppedClock.AtNoon));
        Assert.Equal(
            """
            data       mnist [1, 28, 28], train 48,000
            model      mlp, 101,770 parameters
            training   adamw, batch 64
            device     cpu, 1 thread
            run        /home/ada/runs/2026-11-23_14-03-22_mnist-mlp

                epoch  train loss    val loss  val accuracy     time
                 1/12     0.31415     0.27183       91.50 %    1.2 s  best
                 2/12     0.25000           -             -  1:02 min
                12/12   4.6061e11     0.27182      100.00 %   2:02 h

            Stopped early after epoch 12, step 9000: val.loss has not improved.
            test loss      0.08051
            test accuracy  97.61 %
            run            /home/ada/runs/2026-11-23_14-03-22_mnist-mlp
            """.ReplaceLineEndings("\n").Split('\n'),
            console.Lines.Select(l => l.TrimEnd()));
    }

    [Fact]
    public void A_monitored_metric_has_a_column()
    {
        var line = new EpochLine(["val.accuracy", "val.f1", "train.lr"]);
        Assert.Equal("    epoch  train loss    val loss  val accuracy      val f1    train lr     time", line.Heading);
        Assert.Equal(line.Heading.Length, line.Of(Ended(1, 0.31415, (0.27183, 0.915), 1.23, improved: true), 12).Length);
    }

    [Theory]
    [InlineData(100, "epoch 2/12  step 375/750  ")]
    [InlineData(40, "epoch 2/12  step 375/750  loss 0.25000")]
    [InlineData(30, "epoch 2/12  step 375/750")]
    [InlineData(12, "epoch 2/12  ")]
    public void The_live_line_shows_the_position_and_fits_the_width(int width, string says)
    {
        using var console = new TestConsole().Width(width);
        var progress = new LiveProgress(TimeProvider.System);
        progress.Begin(new TrainEvent.Started(new TrainPlan(12, 750, 1, 750, 9000, 48_000)));
        progress.Step(new TrainEvent.StepTaken(new TrainingState(Model, optimizer: null!) { At = new Progress(2, 1125) }, 0.25f, 1e-3, 64));
        console.Write(progress.Draw(width));
        Assert.StartsWith(says, console.Output, StringComparison.Ordinal);
        Assert.InRange(console.Output.TrimEnd('\n').Length, 1, width);
        Assert.Equal(width == 100, console.Output.Contains('━', StringComparison.Ordinal));
    }

    [Fact]
    public void The_live_line_leaves_the_cursor_at_its_beginning_and_is_erased_from_there()
    {
        using var console = new TestConsole().Width(60).EmitAnsiSequences();
        console.Profile.Capabilities.Ansi = true;
        using (var live = LiveLine.Begin(console, _ => new Spectre.Console.Paragraph("step 1"), StoppedClock.AtNoon))
        {
            live.Above(() => console.Write(new Spectre.Console.Text("one\n")));
            live.Above(() => console.Write(new Spectre.Console.Text("two\n")));
        }

        Assert.Equal("\e[?25lone\nstep 1\r\r\e[Jtwo\nstep 1\r\r\e[J\e[?25h", console.Output);
    }

    [Fact]
    public void A_silent_screen_runs_the_work() => Assert.Equal(42, new SilentScreen().Show(Header, () => 42));

    private static Page PageOn(TestConsole console) => Page.Of(
        new AppHost { Out = TextWriter.Null, Error = TextWriter.Null, Console = console, IsTerminal = true, WorkingDirectory = "/" });

    private static void Show(IScreen screen)
    {
        int result = screen.Show(Header, () =>
        {
            screen.Observe(new TrainEvent.Started(new TrainPlan(12, 750, 1, 750, 9000, 48_000)));
            screen.Observe(Ended(1, 0.31415, (0.27183, 0.915), 1.23, improved: true));
            screen.Observe(Ended(2, 0.25, null, 62.4, improved: false));
            screen.Observe(Ended(12, 460_610_345_719.125, (0.27182, 1), 7320, improved: false));
            return 42;
        });
        Assert.Equal(42, result);
        screen.Summarize(Summary);
    }

    private static TrainEvent.EpochEnded Ended(int epoch, double loss, (double Loss, double Accuracy)? validation, double seconds, bool improved)
    {
        var at = new Progress(epoch, epoch * 750);
        var train = new Pass { At = at, Split = Pass.Train, Samples = 48_000, Loss = loss, Seconds = seconds / 2, EpochSeconds = seconds };
        Pass? validated = validation is not { } v ? null : new Pass
        {
            At = at,
            Split = Pass.Validation,
            Samples = 12_000,
            Loss = v.Loss,
            Metrics = new Dictionary<string, double> { ["accuracy"] = v.Accuracy },
            Seconds = 0.1,
        };
        return new TrainEvent.EpochEnded(new TrainingState(Model, optimizer: null!) { At = at }, train, validated, improved);
    }
}
