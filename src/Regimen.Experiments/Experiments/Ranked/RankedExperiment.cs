using Regimen.Configuration;
using Regimen.Inspection;
using Regimen.Loading;
using Regimen.Ranks;
using Regimen.Recording;
using Regimen.Reproducibility;
using Regimen.Runs;
using Regimen.Training;

namespace Regimen.Experiments;

/// <summary>An experiment that the ranks of a job train together: what they agree on before, and the part of the ranks that record nothing.</summary>
internal static class RankedExperiment
{
    /// <summary>Returns the config with rank 0's seed, once every rank has the same one.</summary>
    /// <exception cref="RequestException">A rank has another config or version than rank 0; every rank throws it.</exception>
    public static RunConfig Agree(RunConfig config, RankGroup ranks)
    {
        ranks.ThrowUnlessEqual("versions", Versions(), "Install the same program on every host.");
        ranks.ThrowUnlessEqual("a config", config.ToYaml(), "Give every rank the same arguments and config files.");
        ulong seed = ulong.Parse(ranks.Exchange.FromFirst(() => $"{config.Seed ?? FreshSeed.Pick()}"), System.Globalization.CultureInfo.InvariantCulture);
        return config with { Seed = seed };
    }

    /// <summary>Returns the loader's options for a training set of this size, with the batch size of all ranks together. As for one process, a default is
    /// limited to the size of the set.</summary>
    public static LoaderOptions Loader(LoaderOptions options, int samples, RankGroup? ranks)
    {
        if (ranks is null || options.GlobalBatchSize is not null)
        {
            return options.For(samples);
        }

        long whole = (long)options.BatchSize * ranks.Size;
        return options with { GlobalBatchSize = (int)Math.Min(whole, options.StatesBatchSize ? int.MaxValue : Math.Max(1, samples)) };
    }

    /// <summary>Returns the threads of this process: of one that has the machine to itself, or of a rank.</summary>
    public static ThreadChoice Threads(ModelSummary summary, RunConfig config, RankGroup? ranks)
        => ranks is null
            ? ThreadChoice.Of(summary, config.Loader.WholeBatchSize, Environment.ProcessorCount, config.Threads, config.Trainer.Bits)
            : ThreadChoice.Of(summary, Math.Max(1, config.Loader.WholeBatchSize / ranks.Size), ranks.Processors, config.Threads, config.Trainer.Bits);

    /// <summary>Throws if ranks have other data.</summary>
    /// <exception cref="RequestException">A rank has other data than rank 0; every rank throws it.</exception>
    public static void CheckData(this Experiment experiment, RankGroup ranks, CancellationToken cancellationToken)
        => ranks.ThrowUnlessEqual(
            "data", $"data={experiment.Config.Data.Name} fingerprint {experiment.Fingerprint.WaitAsync(cancellationToken).GetAwaiter().GetResult()}", "Give every host the same files.");

    /// <summary>Trains as one of the ranks that record nothing.</summary>
    /// <param name="experiment">The experiment.</param>
    /// <param name="from">The point that rank 0 resumes from; null to begin.</param>
    /// <param name="time">The time provider.</param>
    /// <param name="cancellationToken">Ends the training on all ranks after the current step.</param>
    public static TrainResult Follow(this Experiment experiment, ResumePoint? from, TimeProvider time, CancellationToken cancellationToken)
        => experiment.Train([], time, from, cancellationToken);

    /// <summary>Returns the number of ranks that a run is resumed on, if it is another than that of its last steps.</summary>
    public static int? ChangedSize(RunManifest manifest, RankGroup? ranks)
    {
        int before = manifest.Resumed.LastOrDefault(r => r.Ranks is not null)?.Ranks ?? manifest.Ranks ?? 1;
        int now = ranks?.Size ?? 1;
        return now == before ? null : now;
    }

    private static string Versions()
    {
        RunVersions versions = RunEnvironment.OfProcess(git: null).Versions;
        return $"Regimen {versions.Regimen}\nTorchSharp {versions.TorchSharp}\nlibtorch {versions.Libtorch}\ninstruction set {versions.InstructionSet}";
    }
}
