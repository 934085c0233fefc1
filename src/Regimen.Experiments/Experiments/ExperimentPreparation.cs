using Regimen.Catalog;
using Regimen.Configuration;
using Regimen.Data;
using Regimen.Datasets;
using Regimen.Downloads;
using Regimen.Engine;
using Regimen.FineTuning;
using Regimen.Inspection;
using Regimen.Loading;
using Regimen.Metrics;
using Regimen.Models;
using Regimen.Optimization;
using Regimen.Ranks;
using Regimen.Reproducibility;
using Regimen.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Regimen.Experiments;

/// <summary>Loads the data of a config and creates its model.</summary>
internal static class ExperimentPreparation
{
    /// <summary>Loads the data, creates the model and chooses the number of threads.</summary>
    public static Experiment Prepare(
        RunConfig config, ComponentCatalog catalog, Downloader? downloader, RankGroup? ranks, CancellationToken cancellationToken)
    {
        OptionsCheck.ThrowUnlessValid(config);
        config = ranks is null ? config with { Seed = config.Seed ?? FreshSeed.Pick() } : RankedExperiment.Agree(config, ranks);

        Arithmetic.Use(config.Trainer.Bits);

        // Reading the data and loading libtorch take about the same time and run in parallel.
        Task<DataSplits> loading = Task.Run(() => Load(config, catalog, downloader, null, cancellationToken));
        if (NativeCheck.Run().Problem is { } problem)
        {
            throw new RequestException(problem);
        }

        Device device = ComputeDevice.Of(config.Device, ranks);
        DataSplits data = ConfiguredTransforms.AddTo(WaitFor(loading, cancellationToken), config.Transforms);
        config = config with { Loader = RankedExperiment.Loader(config.Loader, data.Train.Count, ranks) };
        ThrowUnlessTheyFit(config, data);
        ModelContext context = DataContext.Of(data, config.Objective.Options);
        (nn.Module model, ModelSummary summary, InitReport? init) = CreateModel(config, catalog, context);
        config = init is null || config.RecordedInit is not null ? config : config with { Init = config.Init with { From = init.Source, Digest = init.Digest } };
        ThreadChoice threads = RankedExperiment.Threads(summary, config, ranks);
        threads.Use();
        cancellationToken.ThrowIfCancellationRequested();
        bool channelsLast = config.Loader.ChannelsLast ?? ConvolutionLayout.Pays(model, context.Inputs, device);
        config = config with { Loader = config.Loader with { ChannelsLast = channelsLast } };
        model = model.to(device);

        // With portable bits no result depends on the number of threads: it may follow the machine, here and where the run is resumed.
        bool mayVary = Engine.Threads.MayVary && ranks is null && config.Trainer.Bits == Bits.Portable && Experiment.BitsOf(config, data, model, device).Level == Bits.Portable;
        config = mayVary ? config : config with { Threads = threads.Threads };
        return new Experiment(config, data, context, model, summary, device) { Init = init, Ranks = ranks };
    }

    /// <summary>Loads only the data of a config.</summary>
    /// <param name="config">The config.</param>
    /// <param name="catalog">The catalog of components by name.</param>
    /// <param name="downloader">The downloader of the data's files, if the config enables downloads; null for one without progress output.</param>
    /// <param name="look">Receives a preview of the data even if the options are incomplete; null for none.</param>
    /// <param name="cancellationToken">Ends a download.</param>
    /// <exception cref="RequestException">The data can't be read, or libtorch can't be loaded.</exception>
    public static DataSplits LoadData(
        RunConfig config, ComponentCatalog catalog, Downloader? downloader = null, DataPreview? look = null, CancellationToken cancellationToken = default)
    {
        config = config with { Seed = config.Seed ?? FreshSeed.Pick() };
        return NativeCheck.Run().Problem is { } problem
            ? throw new RequestException(problem)
            : ConfiguredTransforms.AddTo(Load(config, catalog, downloader, look, cancellationToken, describesTables: true), config.Transforms);
    }

    /// <summary>Computes the number of epochs and steps of a config, from its data alone.</summary>
    /// <exception cref="RequestException">The options are out of bounds or contradict each other, or the data can't be read.</exception>
    public static TrainPlan Plan(RunConfig config, ComponentCatalog catalog)
    {
        OptionsCheck.ThrowUnlessValid(config);
        config = config with { Seed = config.Seed ?? FreshSeed.Pick() };
        if (config.Schedule.Options.Check().ToArray() is { Length: > 0 } problems)
        {
            throw new RequestException(problems);
        }

        DataSplits data = LoadData(config, catalog);
        using DataLoader train = DataLoader.ForTraining(data.Train, config.Loader.For(data.Train.Count), data.TrainTransforms, CPU);
        return TrainPlan.For(config.ToTrainOptions(), train);
    }

    private static void ThrowUnlessTheyFit(RunConfig config, DataSplits data)
    {
        Objective objective = config.Objective.Options;
        if ((config.Loader.Mixup > 0 || config.Loader.Cutmix > 0) && !objective.Task.TakesProbabilities)
        {
            string mixing = config.Loader.Mixup > 0 ? "mixup" : "cutmix";
            bool hasMasks = objective.Task == PredictionTask.Segmentation;
            throw new RequestException(new Problem(hasMasks ? "Images with masks can't be mixed" : "Mixed batches have class probabilities as targets, which this objective does not support")
            {
                Where = $"loader.{mixing}",
                Expected = hasMasks ? "0" : "objective=cross_entropy or focal",
                Received = $"objective={config.Objective.Name}",
            });
        }

        if (config.Loader.Mixup > 0 && objective.IgnoredTarget is { } ignored)
        {
            throw new RequestException(new Problem("Mixup produces class probabilities as targets, of which none can be ignored")
            {
                Where = "loader.mixup",
                Expected = "objective.ignore_index=null",
                Received = $"objective.ignore_index={ignored}",
            });
        }

        if (ObjectiveCheck.Check(objective, data.Train).ToArray() is { Length: > 0 } misfits)
        {
            throw new RequestException(misfits);
        }
    }

    private static (nn.Module Model, ModelSummary Summary, InitReport? Init) CreateModel(RunConfig config, ComponentCatalog catalog, ModelContext context)
    {
        TorchRandom.SeedInitialization(config.SeedToUse);
        nn.Module model = catalog.CreateModel(config.Model.Name, config.Model.Options, context);
        ModelSummary summary = Summary(config, model, context);
        return summary.Failure is { } failure
            ? throw new RequestException(new Problem($"The model does not accept these samples: {failure}")
            {
                Where = $"model={config.Model.Name}",
                Expected = "a model for samples of this shape",
                Received = $"samples {DataReport.Describe(context.Inputs)} of data={config.Data.Name}",
                Hint = context.Inputs.Any(IsCategory) ? "For a table, choose model=tabular, which embeds categories, or set data.categories=one_hot." : null,
            })
            : (model, summary, ExperimentInit.Load(config, model));
    }

    /// <summary>Returns the summary of the model as the first epoch trains it.</summary>
    private static ModelSummary Summary(RunConfig config, nn.Module model, ModelContext context)
    {
        using var freezing = new Freezing(model, config.Freeze);
        freezing.BeginEpoch(1);
        return ModelSummary.Of(model, context.Inputs);
    }

    private static bool IsCategory(Field field) => field is { BatchType: ElementType.Int64, Shape.Rank: 0, IsVariable: false, Cardinality: not null };

    /// <summary>Waits for the loaded data, or throws if cancelled.</summary>
    private static DataSplits WaitFor(Task<DataSplits> loading, CancellationToken cancellationToken)
    {
        try
        {
            return loading.WaitAsync(cancellationToken).GetAwaiter().GetResult();
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Give a cancelled download time to delete its partial file. A data set that ignores the token is not awaited.
            Task.WaitAny([loading], TimeSpan.FromMilliseconds(500));
            throw;
        }
    }

    private static DataSplits Load(
        RunConfig config, ComponentCatalog catalog, Downloader? downloader, DataPreview? look, CancellationToken cancellationToken, bool describesTables = false)
    {
        var context = new DatasetContext(config.SeedToUse)
        {
            Target = config.Objective.Options.Task.Targets,
            DescribesTables = describesTables,
            Downloader = downloader ?? new(),
            Look = look,
            CancellationToken = cancellationToken,
        };
        return catalog.LoadData(config.Data.Name, DataPaths.Resolved(config.Data.Options, config.DataFolder), context);
    }
}
