using Regimen.Reproducibility;
using Regimen.Tests.TestKit;

namespace Regimen.Tests.App;

/// <summary>Tests that a run that is killed (SIGKILL) at random moments, some of them while a checkpoint is written, and resumed each time,
/// ends with the bits of an uninterrupted run. With REGIMEN_LONG=1 it is killed 50 times per config.</summary>
[Collection(OtherProcesses.Name)]
public sealed class KilledRunTests
{
    private static readonly int Kills = Environment.GetEnvironmentVariable("REGIMEN_LONG") == "1" ? 50 : 2;

    private static readonly string[] All =
    [
        "optimizer=sgd optimizer.lr=0.1 optimizer.momentum=0.9 schedule=one_cycle trainer.epochs=8 loader.batch_size=4 checkpoint.every_steps=7 "
            + "transforms.train=[horizontal_flip] early_stopping.patience=2",
        "model=cnn trainer.epochs=4 loader.batch_size=16 trainer.limit_train_batches=6 checkpoint.every_steps=1 loader.workers=2 early_stopping.patience=2",
        "threads=2 model.hidden=320 trainer.epochs=4 loader.batch_size=16 checkpoint.every_steps=3 trainer.clip_norm=1 early_stopping.patience=2",
    ];

    public static TheoryData<string> Configs() => [.. All.Take(Kills > 2 ? All.Length : 2)];

    /// <summary>Configs that use what trainers are expected to have, several in each; every feature with state of its own is in one of them.</summary>
    public static TheoryData<string> Features() =>
    [
        "average=swa average.every=4 model=cnn data.mean=auto data.std=auto optimizer=adagrad schedule=cosine_restarts schedule.t_0=2 schedule.warmup_steps=5 trainer.epochs=4 "
            + "loader.batch_size=16 trainer.limit_train_batches=6 checkpoint.every_steps=2 early_stopping.patience=2",
        "average=ema model=cnn transforms.train=[rand_augment] loader.cutmix=1 loader.mixup=0.2 optimizer=lamb trainer.epochs=4 loader.batch_size=16 trainer.limit_train_batches=6 "
            + "checkpoint.every_steps=3 loader.workers=2 early_stopping=none",
        "objective=focal objective.alpha=balanced transforms.train=[aug_mix] loader.sampler=repeated loader.repeats=2 optimizer=lion optimizer.lr=0.001 trainer.epochs=4 "
            + "loader.batch_size=16 checkpoint.every_steps=3",
        "objective.class_weights=balanced objective.ignore_index=3 transforms.train=[trivial_augment_wide] optimizer=muon trainer.accumulate=3 trainer.epochs=6 loader.batch_size=8 "
            + "checkpoint.every_steps=2 observers=[gradient_noise]",
        "average=ema model.norm=batch trainer.epochs=4 loader.batch_size=16 checkpoint.every_steps=3 trainer.validate_every_steps=5 early_stopping.patience=2",
        "data.folds=3 data.fold=2 schedule=list schedule.values=[1,0.1] schedule.at=[0,2] trainer.epochs=4 loader.batch_size=16 checkpoint.every_steps=3 trainer.validate_every_steps=4",
    ];

    [Theory]
    [MemberData(nameof(Features))]
    public void A_run_with_every_feature_resumes_to_the_bits_of_an_uninterrupted_run(string config)
    {
        Assert.SkipUnless(Environment.GetEnvironmentVariable("REGIMEN_LONG") == "1", "kills runs for a minute: REGIMEN_LONG=1");
        KillAndCompare(config, kills: 3);
    }

    [Theory]
    [MemberData(nameof(Configs))]
    public void A_resumed_run_has_the_bits_of_an_uninterrupted_run(string config) => KillAndCompare(config, Kills);

    private static void KillAndCompare(string config, int kills)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no SIGKILL.");
        string[] command = ["train", "--quiet", .. config.Split(' ')];
        using var undisturbed = new ProjectFolder();
        undisturbed.DoAsProcess(command).Ends(0);
        RunBits expected = RunBits.Of(undisturbed.Run);
        long steps = expected.Steps.Length / 8;

        RandomStream random = RandomStream.For(11, RandomPurpose.Order);
        for (int killed = 0; killed < kills;)
        {
            using var project = new ProjectFolder();
            killed += KillOnTheWay(project, command, steps, kills - killed, ref random);
            project.DoAsProcess("resume", "latest", "--quiet").Ends(0);
            expected.AssertEqual(RunBits.Of(project.Run));
            Assert.Contains("identical: ", project.DoAsProcess("verify", "latest", "--quiet").Ends(0).Out, StringComparison.Ordinal);
        }
    }

    /// <summary>Trains and resumes, and kills the process each time, until it has been killed often enough or a run ends.</summary>
    /// <returns>The number of kills, at least 1.</returns>
    private static int KillOnTheWay(ProjectFolder project, string[] command, long steps, int atMost, ref RandomStream random)
    {
        for (int killed = 0; ; killed++)
        {
            if (killed == atMost)
            {
                return killed;
            }

            using CommandProcess process = CommandProcess.Regimen(project.Folder.FullPath, killed == 0 ? command : ["resume", "latest", "--quiet"]);
            long from = StepsRecorded(project);
            bool whileWriting = killed % 2 == 1;
            long until = from + 1 + random.NextInt32((int)Math.Max(1, (steps - from) / 3));
            bool came = process.WaitUntil(() => StepsRecorded(project) >= until || (whileWriting && StepsRecorded(project) > from && IsWriting(project)));
            process.KillNow();
            if (!came)
            {
                Assert.NotEqual(0, killed);
                return killed;
            }
        }
    }

    /// <summary>Returns the number of losses in the run's folder, which grows with each checkpoint.</summary>
    private static long StepsRecorded(ProjectFolder project)
    {
        string? run = Directory.Exists(project.Runs) ? Directory.GetDirectories(project.Runs).SingleOrDefault() : null;
        var steps = new FileInfo(Path.Combine(run ?? "none", "steps.f32"));
        return run is not null && File.Exists(Path.Combine(run, "run.json")) && steps.Exists ? steps.Length / sizeof(float) : 0;
    }

    private static bool IsWriting(ProjectFolder project)
    {
        string checkpoints = Path.Combine(project.Run, "checkpoints");
        return Directory.Exists(checkpoints)
            && (Directory.EnumerateDirectories(checkpoints, ".unfinished-*").Any() || File.Exists(Path.Combine(checkpoints, "index.json.new")));
    }
}
