using Regimen.Experiments;
using Regimen.Reproducibility;
using Regimen.Runs;
using Regimen.Tests.TestKit;
using Regimen.Training;

namespace Regimen.Tests.Experiments;

/// <summary>Resuming with random sizes that do not divide each other: after every step, after every validation, and twice.</summary>
public sealed class ResumeUnevenTests : IDisposable
{
    private readonly TinyExperiment _runs = new();

    public static TheoryData<ulong> Seeds => [.. Enumerable.Range(1, 9).Select(seed => (ulong)seed)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void A_run_stopped_after_any_step_resumes_to_the_same_bits(ulong seed)
    {
        string[] config = Draw(seed);
        string first = _runs.Train(config);
        RunBits whole = RunBits.Of(first);
        long steps = RunManifest.Read(Path.Combine(first, "run.json")).Steps;
        for (long step = 1; step <= steps; step++)
        {
            string run = _runs.TrainUntil(step, config);
            if (step + 2 <= steps)
            {
                _runs.ResumeUntil(run, step + 2);
            }

            ResumeUnlessOver(run);
            Told(config, step, () => whole.AssertEqual(RunBits.Of(run)));
        }
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void A_run_stopped_in_or_after_any_validation_resumes_to_the_same_bits(ulong seed)
    {
        string[] config = Draw(seed);
        int validations = 0;
        RunBits whole = RunBits.Of(_runs.Train(config, e => validations += e is TrainEvent.Validated ? 1 : 0));
        for (int last = 1; last <= validations; last++)
        {
            int seen = 0;
            using var stop = new CancellationTokenSource();
            string run = _runs.Train(config, e =>
            {
                // Stop at the step before, so that the validation itself is cancelled.
                if (e is TrainEvent.Validated && ++seen == last)
                {
                    stop.Cancel();
                }
            }, stop.Token);
            ResumeUnlessOver(run);
            Told(config, last, () => whole.AssertEqual(RunBits.Of(run)));

            seen = 0;
            run = _runs.Train(config, e => BreakOff(e is TrainEvent.Validated && ++seen == last));
            ResumeUnlessOver(run);
            Told(config, last, () => whole.AssertEqual(RunBits.Of(run)));
        }
    }

    public void Dispose() => _runs.Dispose();

    /// <summary>Returns sizes, limits and intervals that seldom divide each other.</summary>
    private static string[] Draw(ulong seed)
    {
        RandomStream random = RandomStream.For(seed, RandomPurpose.Split);
        int Between(int least, int most) => least + (int)(random.NextDouble() * (most - least + 1));
        var config = new List<string>
        {
            "trainer.epochs=3",
            $"data.limit={Between(27, 43)}",
            $"loader.batch_size={Between(3, 7)}",
            $"trainer.accumulate={Between(2, 4)}",
            $"loader.drop_last={(Between(0, 1) == 1 ? "true" : "false")}",
            $"loader.workers={Between(0, 2)}",
            Between(0, 1) == 1 ? "optimizer=adamw" : "optimizer=rmsprop",
            Between(0, 1) == 1 ? "schedule=one_cycle" : "schedule=cosine",
        };
        string?[] maybe =
        [
            Between(0, 2) == 0 ? $"trainer.limit_train_batches={Between(2, 5)}" : null,
            Between(0, 1) == 0 ? $"trainer.validate_every_steps={Between(1, 3)}" : null,
            Between(0, 1) == 0 ? $"checkpoint.every_steps={Between(1, 3)}" : null,
            Between(0, 2) == 0 ? "trainer.clip_norm=0.5" : null,
            Between(0, 3) == 0 ? $"trainer.max_steps={Between(3, 6)}" : null,
            Between(0, 1) == 0 ? "early_stopping=none" : $"early_stopping.patience={Between(1, 3)}",
        ];
        return [.. config, .. maybe.OfType<string>()];
    }

    private void ResumeUnlessOver(string run)
    {
        if (!RunResumption.IsOver(RunManifest.Read(Path.Combine(run, "run.json"))))
        {
            _runs.Resume(run);
        }
    }

    private static void BreakOff(bool now)
    {
        if (now)
        {
            throw new BreakOffException();
        }
    }

    private static void Told(string[] config, long at, Action assert)
    {
        try
        {
            assert();
        }
        catch (Exception exception)
        {
            throw new InvalidOperationException($"{string.Join(' ', config)}, stopped at {at}: {exception.Message}", exception);
        }
    }
}
