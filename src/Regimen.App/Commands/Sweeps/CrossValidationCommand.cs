using System.CommandLine;
using System.Text.Json.Nodes;
using Regimen.App.Hosting;
using Regimen.Catalog;
using Regimen.SweepFiles;
using Regimen.Sweeps;

namespace Regimen.App.Commands;

/// <summary>The <c>regimen cv</c> command: trains once with each fold held out, and summarises the results.</summary>
internal sealed class CrossValidationCommand()
    : TrialsCommand(new(SweepPurpose.CrossValidation, "fold", "FOLDER", "one", "Compose and check the config of every fold, without training."))
{
    public static Command Build(AppHost host)
        => new CrossValidationCommand().Build(host, "cv", "Cross-validate: folds=N [repeats=N] [cv.group=COLUMN] [cv.stratify=true|false|auto]. Each fold is a run with that fold as its test set.");

    protected override PlannedSweep Plan(AppHost host, ParseResult parsed, ComponentCatalog catalog, string[] arguments, CancellationToken stop)
        => new CrossValidationPlanner(catalog, Processors(parsed)).Plan(
            new CrossValidationRequest
            {
                Arguments = arguments,
                WorkingDirectory = host.WorkingDirectory,
                ConfigFile = parsed.GetValue(Config.ConfigFile),
                OnFailure = parsed.GetValue(OnFailure)!,
                Cores = parsed.GetValue(Cores),
            },
            stop);

    protected override void Show(AppHost host, PlannedSweep planned, bool json) => CrossValidationText.Planned(host, planned, json);

    protected override JsonObject Document(SweepRecord record, SweepFolder folder) => CrossValidationText.Document(record, folder);

    protected override void Finish(ComponentCatalog catalog, SweepFolder folder, IReadOnlyList<string> moved, SweepRecord record, CancellationToken stop)
        => new OutOfFoldPredictions(catalog, folder, moved).Write(record, stop);
}
