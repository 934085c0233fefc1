using Regimen.Configuration;
using Regimen.Evaluation;
using Regimen.Runs;
using Regimen.Training;
using static TorchSharp.torch;

namespace Regimen.Experiments;

/// <summary>What a fork may change. It continues its parent's weights, optimizer state, position in the data and history, so these must fit; any
/// other key may have another value from the checkpoint on.</summary>
internal static class ForkRules
{
    private static readonly (string Key, string Reason)[] Refused =
    [
        ("data.name", "its position in the data goes on"),
        ("model.name", "its weights are the checkpoint's"),
        ("optimizer.name", "its state is the checkpoint's"),
        ("objective", "the losses of one history are compared with each other"),
        ("init", "its weights are the checkpoint's"),
    ];

    /// <summary>Whether a key is refused before anything is read.</summary>
    public static bool IsRefused(string key) => ReasonOf(key) is not null;

    /// <summary>Returns a problem for each choice that a fork can't change.</summary>
    public static IEnumerable<Problem> OfKeys(RunConfig recorded, RunConfig config, RunFolder parent)
    {
        ConfigDifference[] changes = [.. ConfigDifference.Between(recorded.ToJson(), config.ToJson())];
        foreach (string key in changes.Select(c => c.Key).Where(IsRefused).Select(ChoiceOf).Distinct())
        {
            ConfigDifference first = changes.First(c => IsRefused(c.Key) && ChoiceOf(c.Key) == key);
            yield return new Problem($"`{key}` can't be changed in a fork: {ReasonOf(first.Key)}")
            {
                Where = parent.FullPath,
                Expected = $"{first.Key} {first.First ?? "without a value"}, as in the parent",
                Received = first.Second ?? "none",
                Hint = NewRun(parent),
            };
        }

        if (changes.FirstOrDefault(c => c.Key == "average.name" && c.First is not null) is { } average)
        {
            yield return new Problem("A fork can't change the kind of its parent's average, or turn it off: the averaged weights and the best ones are the checkpoint's")
            {
                Where = parent.FullPath,
                Expected = $"average={average.First!.Trim('"')}, as in the parent; only a parent without an average may have another in its fork",
                Received = $"average={average.Second?.Trim('"') ?? "none"}",
                Hint = NewRun(parent),
            };
        }

        EarlyStoppingOptions before = recorded.EarlyStopping ?? new();
        EarlyStoppingOptions now = config.EarlyStopping ?? new();
        if ((before.Monitor, before.Mode, before.MinDelta) != (now.Monitor, now.Mode, now.MinDelta))
        {
            yield return new Problem("A fork can't change how the best weights are chosen: the best of the history up to its checkpoint is known by the parent's choice")
            {
                Where = "early_stopping",
                Expected = $"monitor {before.Monitor}, mode {before.Mode?.ToString().ToLowerInvariant() ?? "null"}, min_delta {before.MinDelta.ToString(System.Globalization.CultureInfo.InvariantCulture)}",
                Received = $"monitor {now.Monitor}, mode {now.Mode?.ToString().ToLowerInvariant() ?? "null"}, min_delta {now.MinDelta.ToString(System.Globalization.CultureInfo.InvariantCulture)}",
                Hint = NewRun(parent),
            };
        }
    }

    /// <summary>Returns the problems of a checkpoint after which no step is left.</summary>
    public static IEnumerable<Problem> OfCheckpoint(ForkRequest request)
    {
        ResumePoint point = request.Checkpoint.Point;
        if (request.Config.Trainer.Epochs < point.At.Epoch || (point.EpochHasEnded && request.Config.Trainer.Epochs == point.At.Epoch))
        {
            yield return NothingLeft(request, $"trainer.epochs={request.Config.Trainer.Epochs}", $"Set trainer.epochs to more than {point.At.Epoch}, or fork an earlier checkpoint.");
        }
        else if (request.Config.Trainer.MaxSteps is { } most && point.At.Step >= most)
        {
            yield return NothingLeft(request, $"trainer.max_steps={most}", $"Set trainer.max_steps to more than {point.At.Step} or to null, or fork an earlier checkpoint.");
        }
    }

    /// <summary>Returns the problems that only the data and the model show.</summary>
    public static IEnumerable<Problem> OfExperiment(ForkRequest request, Experiment experiment) =>
        [.. Data(request, experiment), .. Model(request, experiment), .. Steps(request, experiment), .. Stopped(request, experiment)];

    private static IEnumerable<Problem> Data(ForkRequest request, Experiment experiment)
    {
        if (experiment.DataProblem(request.Manifest) is not { } other)
        {
            yield break;
        }

        bool isMoved = ConfigDifference.Between(request.Recorded.ToJson(), request.Config.ToJson())
            .Any(c => c.Key == "seed" || (c.Key.StartsWith("data.", StringComparison.Ordinal) && !DataPaths.IsPath(c.Key)));
        yield return other with
        {
            Where = isMoved ? $"{other.Where}, with the changed keys of `data` or the changed `seed`, which the split follows from" : other.Where,
            Hint = isMoved ? NewRun(request.Parent) : other.Hint,
        };
    }

    private static IEnumerable<Problem> Model(ForkRequest request, Experiment experiment)
    {
        IReadOnlyDictionary<string, Tensor> saved = request.Checkpoint.Point.Model;
        Dictionary<string, Tensor> now = experiment.Model.state_dict();
        string[] different = [.. saved.Keys.Union(now.Keys).Where(name => Shape(saved.GetValueOrDefault(name)) != Shape(now.GetValueOrDefault(name))).Order(StringComparer.Ordinal)];
        if (different is [var first, ..])
        {
            yield return new Problem("The weights of the checkpoint do not fit the model of the fork")
            {
                Where = different.Length == 1 ? first : $"{first} and {different.Length - 1} more",
                Expected = Shape(saved.GetValueOrDefault(first)),
                Received = Shape(now.GetValueOrDefault(first)),
                Hint = NewRun(request.Parent),
            };
        }

        static string Shape(Tensor? tensor) => tensor is null ? "no such tensor" : $"{tensor.dtype} [{string.Join(", ", tensor.shape)}]";
    }

    /// <summary>The position within an epoch is the number of its steps, so an epoch must keep its number of steps.</summary>
    private static IEnumerable<Problem> Steps(ForkRequest request, Experiment experiment)
    {
        ResumePoint point = request.Checkpoint.Point;
        if (point.EpochHasEnded && request.Manifest.Plan is { StepsPerEpoch: var steps } && point.At.Step != point.At.Epoch * steps)
        {
            yield return new Problem("The parent ended within the epoch of this checkpoint, which has no next step")
            {
                Where = $"{request.Parent.Name}@{request.Checkpoint.Entry.Name}",
                Expected = "a checkpoint of a whole epoch, or one that was saved before the end",
                Received = $"{point.At}, of {steps} steps per epoch",
                Hint = "Fork an earlier checkpoint. checkpoint.keep=N keeps more of them.",
            };
        }

        long now = experiment.Plan().StepsPerEpoch;
        if (request.Manifest.Plan is { StepsPerEpoch: var before } && before != now)
        {
            yield return new Problem("An epoch of the fork has another number of steps than an epoch of its parent")
            {
                Where = "loader.batch_size, loader.sampler, trainer.accumulate, trainer.limit_train_batches",
                Expected = $"{before} steps",
                Received = $"{now} steps",
                Hint = NewRun(request.Parent),
            };
        }
    }

    private static IEnumerable<Problem> Stopped(ForkRequest request, Experiment experiment)
    {
        if (request.Config.EarlyStopping is not { } options)
        {
            yield break;
        }

        var tracker = new EarlyStoppingTracker(options, options.Mode ?? MonitoredMetric.ModeOf(options.Monitor, Evaluator.Names(experiment.Objective, experiment.Data.Train, experiment.Config.Metrics)));
        foreach (Pass pass in request.Checkpoint.Point.History.Passes)
        {
            if (pass.ValueOf(options.Monitor) is { } value)
            {
                tracker.Add(pass.At, value);
            }
        }

        if (tracker.Decide(mayStop: true).StopReason is { } reason)
        {
            yield return NothingLeft(request, $"early stopping ends it there: {reason}", "Raise early_stopping.patience, set early_stopping=none, or fork an earlier checkpoint.");
        }
    }

    private static Problem NothingLeft(ForkRequest request, string received, string hint) => new("No step is left after this checkpoint")
    {
        Where = $"{request.Parent.Name}@{request.Checkpoint.Entry.Name}",
        Expected = $"a training beyond {request.Checkpoint.Point.At}",
        Received = received,
        Hint = hint,
    };

    private static string? ReasonOf(string key) => Refused.FirstOrDefault(r => key == r.Key || key.StartsWith(r.Key + '.', StringComparison.Ordinal)).Reason;

    /// <summary>Returns the group of a key of which every change is refused, or the choice itself: <c>optimizer</c> for <c>optimizer.name</c>.</summary>
    private static string ChoiceOf(string key) => key.Split('.')[0];

    private static string NewRun(RunFolder parent)
        => $"A new run can start from the weights alone: regimen train --config {ShellText.Word(parent.ConfigFile)} init.from={ShellText.Word(parent.FullPath)} …";
}
