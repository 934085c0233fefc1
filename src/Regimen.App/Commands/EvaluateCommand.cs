using System.CommandLine;
using Regimen.App.CommandLine;
using Regimen.App.Hosting;
using Regimen.App.Screen;
using Regimen.Evaluation;
using Regimen.Experiments;
using Regimen.Loading;
using Regimen.Runs;
using Regimen.Training;
using static TorchSharp.torch;

namespace Regimen.App.Commands;

/// <summary>The <c>regimen evaluate</c> command: evaluates a run's weights on a split of its data.</summary>
internal static class EvaluateCommand
{
    public static Command Build(AppHost host)
    {
        var shared = new SharedOptions();
        Argument<string> run = new("run")
        {
            Description = "A run (its folder, its name or an end of it, latest, or best) or a checkpoint (its folder or its model.safetensors).",
            HelpName = "RUN|CHECKPOINT",
        };
        Option<string> split = new("--split") { Description = "The split to evaluate on.", DefaultValueFactory = _ => Pass.Test, HelpName = "test|val|train" };
        Option<string?> weights = WeightSetOption.Build();
        Option<string?> views = ViewsOption();
        Option<string?> runs = RunArguments.RunsOption();
        Argument<string[]> paths = DataPathArguments.Build();
        var command = new Command("evaluate", "Evaluate a run's final weights on the test set, or on another split of its data.") { run, paths, split, views, weights, runs };
        shared.AddTo(command);
        command.SetAction(shared.Action(host, parsed =>
        {
            string part = Part(parsed.GetValue(split)!);
            TestTimeViews? chosen = Views(parsed.GetValue(views));
            TrainedModel source = TrainedModel.Find(RunLookup.Resolve(host, parsed.GetValue(run)!, parsed.GetValue(runs)), RunArguments.RunsRoot(host, parsed.GetValue(runs)), host.WorkingDirectory, WeightSetOption.Read(parsed.GetValue(weights)));
            using Experiment experiment = source.Load(ConfigArguments.Catalog(host), parsed.GetValue(paths), host.WorkingDirectory);
            if (source.DataProblem(experiment) is { } other)
            {
                host.Error.WriteLine($"note: {other.Message}: the result is of other data than the run's.");
            }

            using DataLoader loader = experiment.EvaluationLoader(part);
            nn.Module model = chosen?.Over(experiment.Model, experiment.Objective.Task, experiment.Context.Inputs) ?? experiment.Model;
            EvaluationResult result = Evaluator.Evaluate(model, experiment.Objective, loader, experiment.Config.Metrics);
            if (parsed.GetValue(shared.Json))
            {
                ProblemReport.WriteJson(host, EvaluationText.Document(source, part, result, chosen));
            }
            else
            {
                EvaluationText.Write(Page.Of(host), source, part, result, chosen);
            }

            return FiniteCheck.OfLoss(result, part, source.Checkpoint) is { } problem
                ? ProblemReport.Tell(host, [problem], json: false, details: null, ExitCodes.Failed)
                : ExitCodes.Done;
        }));
        return command;
    }

    /// <summary>Creates the option for test-time augmentation.</summary>
    public static Option<string?> ViewsOption() => new("--tta")
    {
        Description = $"Average the predictions over fixed views of each image: {TestTimeViews.Expected}; default: the image alone.",
        HelpName = "VIEWS",
    };

    /// <summary>Returns the value of that option.</summary>
    public static TestTimeViews? Views(string? name) => name is null ? null : TestTimeViews.Find(name) ?? throw new RequestException(new Problem("Unknown views")
    {
        Where = "--tta",
        Expected = TestTimeViews.Expected,
        Received = name,
        Hint = Spelling.DidYouMean(name, ["flip", "flips", "shifts"]),
    });

    private static string Part(string split)
    {
        string[] parts = [Pass.Test, Pass.Validation, Pass.Train];
        return parts.Contains(split) ? split : throw new RequestException(new Problem("Unknown split")
        {
            Where = "--split",
            Expected = $"one of {string.Join(", ", parts)}",
            Received = split,
            Hint = Spelling.DidYouMean(split, parts),
        });
    }
}
