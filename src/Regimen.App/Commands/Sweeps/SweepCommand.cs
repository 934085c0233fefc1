using System.CommandLine;
using System.Text.Json.Nodes;
using Regimen.App.Hosting;
using Regimen.Catalog;
using Regimen.SweepFiles;
using Regimen.Sweeps;

namespace Regimen.App.Commands;

/// <summary>The <c>regimen sweep</c> command: trains at many points of a search, several at a time, and ranks them.</summary>
internal sealed class SweepCommand() : TrialsCommand(new(SweepPurpose.Search, "trial", "SWEEP", "sweep", "Compose and check every trial that is known, and list them, without training."))
{
    private readonly Option<string?> _search = new("--search") { Description = "grid, random, sobol or tpe; default: grid.", HelpName = "NAME" };
    private readonly Option<int?> _samples = new("--samples") { Description = "The number of points of random, sobol and tpe.", HelpName = "N" };
    private readonly Option<int?> _seeds = new("--seeds") { Description = "The number of seeds at each point; points are ranked by the mean. Or list them: seed=1,2,3.", HelpName = "N" };
    private readonly Option<int?> _halving = new("--halving") { Description = "Successive halving: the best 1/N of the points are trained N times as long, the others are paused.", HelpName = "N" };
    private readonly Option<string?> _metric = new("--metric") { Description = "The value that ranks trials, as val.accuracy; default: the one that early stopping monitors.", HelpName = "NAME" };
    private readonly Option<ulong?> _searchSeed = new("--search-seed") { Description = "The seed of the search; default: the first seed of the runs.", HelpName = "N" };
    private readonly Option<int?> _lag = new("--lag") { Description = "Point k of tpe follows from the points up to k - N; at most N points run at the same time. Default: 4.", HelpName = "N" };
    private readonly Option<int[]> _revive = new("--revive") { Description = "With --resume: train a paused trial to its end. May be given several times.", HelpName = "TRIAL", DefaultValueFactory = _ => [] };

    protected override IReadOnlyList<Option> OfPlan => [_search, _samples, _seeds, _halving, _metric, _searchSeed, _lag];

    protected override IReadOnlyList<Option> OfResumption => [_revive];

    public static Command Build(AppHost host)
        => new SweepCommand().Build(host, "sweep", "Train at many points: KEY=A,B,C, range(1,10,2), interval(A,B), log_interval(A,B), experiment=course_*. Each trial is a run.");

    protected override PlannedSweep Plan(AppHost host, ParseResult parsed, ComponentCatalog catalog, string[] arguments, CancellationToken stop)
        => new SweepPlanner(catalog, Processors(parsed)).Plan(
            new SweepRequest
            {
                Arguments = arguments,
                WorkingDirectory = host.WorkingDirectory,
                ConfigFile = parsed.GetValue(Config.ConfigFile),
                Search = parsed.GetValue(_search),
                Samples = parsed.GetValue(_samples),
                Seeds = parsed.GetValue(_seeds),
                SearchSeed = parsed.GetValue(_searchSeed),
                Lag = parsed.GetValue(_lag),
                Halving = parsed.GetValue(_halving),
                OnFailure = parsed.GetValue(OnFailure)!,
                Metric = parsed.GetValue(_metric),
                Cores = parsed.GetValue(Cores),
            },
            stop);

    protected override void Show(AppHost host, PlannedSweep planned, bool json) => SweepText.Planned(host, planned, json);

    protected override JsonObject Document(SweepRecord record, SweepFolder folder) => SweepText.Document(record, folder);

    protected override IReadOnlySet<int> Revived(ParseResult parsed) => parsed.GetValue(_revive)!.ToHashSet();
}
