using Regimen.App.Screen;
using Regimen.Tests.TestKit;
using Regimen.Training;
using Spectre.Console.Testing;

namespace Regimen.Tests.App;

/// <summary>What a person sees, as text.</summary>
public sealed class ScreenTests
{
    private static readonly RunHeader Header = new(
        "mnist [1, 28, 28], train 48,000", "mlp, 101,770 parameters", "adamw, batch 64", "cpu, 1 thread", "/home/ada/runs/2026-11-23_14-03-22_mnist-mlp");

    private static readonly RunSummary Summary = new(
        "Stopped early after epoch 12, step 9000: val.loss has not improved.", [("test loss", "0.08051"), ("test accuracy", "97.61 %"), ("run", "/home/ada/runs/2026-11-23_14-03-22_mnist-mlp")]);

    [Fact]
    public void Plain_lines()
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

                epoch  train loss   val loss  val accuracy     time
                 1/12     0.31415    0.27183       91.50 %    1.2 s  best
                 2/12     0.25000          -             -  1:02 min
                12/12    12.50000    0.27182      100.00 %   2:02 h

            Stopped early after epoch 12, step 9000: val.loss has not improved.
            test loss      0.08051
            test accuracy  97.61 %
            run            /home/ada/runs/2026-11-23_14-03-22_mnist-mlp

            """.ReplaceLineEndings("\n"),
            output.ToString());
    }

    [Fact]
    public void A_terminal_of_80_columns()
    {
        using var console = new TestConsole().Width(80);
        Show(new TerminalScreen(console, StoppedClock.AtNoon));

        // Where nothing can be drawn twice, the bar is a line that comes when its timer says so.
        string[] lines = [.. console.Lines.Where(l => l != "training: 0%")];
        Assert.Equal(
            """
            ╭─ Regimen ──────────────────────────────────────────────╮
            │ data      mnist [1, 28, 28], train 48,000              │
            │ model     mlp, 101,770 parameters                      │
            │ training  adamw, batch 64                              │
            │ device    cpu, 1 thread                                │
            │ run       /home/ada/runs/2026-11-23_14-03-22_mnist-mlp │
            ╰────────────────────────────────────────────────────────╯
                epoch  train loss   val loss  val accuracy     time
                 1/12     0.31415    0.27183       91.50 %    1.2 s  best
                 2/12     0.25000          -             -  1:02 min
                12/12    12.50000    0.27182      100.00 %   2:02 h
            Stopped early after epoch 12, step 9000: val.loss has not improved.
            ╭───────────────┬──────────────────────────────────────────────╮
            │ test loss     │ 0.08051                                      │
            │ test accuracy │ 97.61 %                                      │
            │ run           │ /home/ada/runs/2026-11-23_14-03-22_mnist-mlp │
            ╰───────────────┴──────────────────────────────────────────────╯
            """.ReplaceLineEndings("\n").Split('\n'),
            lines);
    }

    [Fact]
    public void The_bar_says_where_the_training_is()
    {
        using var console = new TestConsole().Width(100).Interactive().EmitAnsiSequences();
        var screen = new TerminalScreen(console, TimeProvider.System);
        screen.Show(Header, () =>
        {
            screen.Observe(new TrainEvent.Started(new TrainPlan(12, 750, 1, 750, 9000, 48_000)));
            screen.Observe(new TrainEvent.StepTaken(new TrainingState(null!, null!) { At = new Moment(2, 1125) }, 0.25f, 1e-3, 64));
            return 0;
        });
        Assert.Contains("epoch 2/12  step 375/750", console.Output, StringComparison.Ordinal);
        Assert.Contains("loss 0.2500", console.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_silent_screen_runs_the_work_all_the_same() => Assert.Equal(42, new SilentScreen().Show(Header, () => 42));

    private static void Show(IScreen screen)
    {
        int result = screen.Show(Header, () =>
        {
            screen.Observe(new TrainEvent.Started(new TrainPlan(12, 750, 1, 750, 9000, 48_000)));
            screen.Observe(Ended(1, 0.31415, (0.27183, 0.915), 1.23, improved: true));
            screen.Observe(Ended(2, 0.25, null, 62.4, improved: false));
            screen.Observe(Ended(12, 12.5, (0.27182, 1), 7320, improved: false));
            return 42;
        });
        Assert.Equal(42, result);
        screen.Summarize(Summary);
    }

    private static TrainEvent.EpochEnded Ended(int epoch, double loss, (double Loss, double Accuracy)? validation, double seconds, bool improved)
    {
        var at = new Moment(epoch, epoch * 750);
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
        return new TrainEvent.EpochEnded(new TrainingState(null!, null!) { At = at }, train, validated, improved);
    }
}
