using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Regimen.App.CommandLine;
using Regimen.App.Hosting;
using Regimen.App.Screen;
using Regimen.Engine;
using Regimen.Experiments;
using Regimen.Tuning;

namespace Regimen.App.Commands;

/// <summary>The <c>regimen find batch</c> command: measures training steps of growing batches, each in a process of its own, until one does not fit
/// the memory.</summary>
internal static class FindBatchCommand
{
    private const int First = 16;
    private const double Mega = 1e6;

    /// <summary>The part of the available memory that may be used.</summary>
    private const double Usable = 0.9;

    public static Command Build(AppHost host)
    {
        var shared = new SharedOptions();
        var config = new ConfigArguments();
        Option<double?> memory = new("--memory") { Description = "The memory that the training may use, in MB; default: 90 % of what is available now, within the container's limit.", HelpName = "MB" };
        Option<int?> size = new("--size") { Description = "Measure one size alone, in this process.", HelpName = "N" };
        var command = new Command("batch", "Find the largest batch that fits the memory, and the speed of each size.") { memory, size };
        config.AddTo(command);
        shared.AddTo(command);
        command.SetAction(shared.Action(host, parsed =>
        {
            long limit = Limit(parsed.GetValue(memory));
            bool json = parsed.GetValue(shared.Json);
            if (parsed.GetValue(size) is { } one)
            {
                MeasureHere(host, parsed, config, one, limit, json);
                return ExitCodes.Done;
            }

            // Problems of the config are found here, before the first process.
            Catalog.ComponentCatalog catalog = ConfigArguments.Catalog(host);
            _ = config.Compose(host, parsed, catalog);
            string[] arguments = [.. parsed.GetValue(config.Overrides) ?? [], .. parsed.GetValue(config.ConfigFile) is { } file ? [ConfigArguments.ConfigFileName, file] : Array.Empty<string>()];
            var trials = new List<BatchTrial>();
            var search = new BatchSizeSearch(First);
            while (search.Next is { } next)
            {
                BatchTrial trial = BatchTrial.Run(host, arguments, next, limit);
                trials.Add(trial);
                search.Tell(next, trial.Fits, trial.Measured?.Samples);
                if (!json)
                {
                    WriteTrial(Page.Of(host), trial);
                }
            }

            if (search.Largest is null)
            {
                throw new WorkFailedException(new Problem("Not even a batch of one sample fits the memory") { Where = "loader.batch_size=1", Expected = $"at most {limit / Mega:0} MB", Received = trials[^1].Reason });
            }

            if (json)
            {
                ProblemReport.WriteJson(host, Document(search, trials, limit));
            }
            else
            {
                WriteEnd(Page.Of(host), search, trials, limit);
            }

            return ExitCodes.Done;
        }));
        return command;
    }

    private static long Limit(double? megabytes)
    {
        if (megabytes is { } given)
        {
            return given is > 0 and < 1e9 ? (long)(given * Mega) : throw new RequestException(new Problem("The memory is out of range") { Where = "--memory", Expected = "a number of MB above 0", Received = given.ToString(CultureInfo.InvariantCulture) });
        }

        (long total, long? available) = MachineMemory.Read();
        return (long)(Usable * (available ?? total));
    }

    private static void MeasureHere(AppHost host, ParseResult parsed, ConfigArguments config, int size, long limit, bool json)
    {
        if (size < 1)
        {
            throw new RequestException(new Problem("The size is out of range") { Where = "--size", Expected = "at least 1", Received = $"{size}" });
        }

        using var watch = new MemoryWatch(limit, () => host.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"error: --size {size}: The memory of the training grew above the limit of {limit / Mega:0} MB")));
        Catalog.ComponentCatalog catalog = ConfigArguments.Catalog(host);
        Configuration.RunConfig composed = config.Compose(host, parsed, catalog).Config;
        using var experiment = Experiment.Prepare(composed with { Loader = composed.Loader with { BatchSize = size } }, catalog);
        experiment.CheckSamples();
        BatchMeasurement measured = BatchMeasurement.Of(experiment, host.Time);
        if (json)
        {
            ProblemReport.WriteJson(host, BatchTrial.Document(measured));
        }
        else
        {
            WriteTrial(Page.Of(host), new BatchTrial(size, measured.PeakBytes <= limit, measured, null));
        }
    }

    private static JsonObject Document(BatchSizeSearch search, List<BatchTrial> trials, long limit) => new()
    {
        ["batch_size"] = search.Largest,
        ["whole_set"] = search.IsWholeSet,
        ["memory_bytes"] = limit,
        ["fastest_batch_size"] = Fastest(trials),
        ["trials"] = new JsonArray([.. trials.Select(t => (JsonNode)new JsonObject
        {
            ["batch_size"] = t.Size,
            ["fits"] = t.Fits,
            ["peak_bytes"] = t.Measured?.PeakBytes,
            ["samples_per_second"] = ProblemReport.Number(t.Measured?.SamplesPerSecond),
            ["reason"] = t.Reason,
        })]),
    };

    private static int? Fastest(List<BatchTrial> trials) => trials.Where(t => t.Fits && t.Measured?.SamplesPerSecond is not null).MaxBy(t => t.Measured!.SamplesPerSecond)?.Measured!.BatchSize;

    private static void WriteTrial(Page page, BatchTrial trial)
        => page.Line(trial.Fits && trial.Measured is { } measured
            ? string.Create(CultureInfo.InvariantCulture, $"{measured.BatchSize,8}  fits, {measured.PeakBytes / Mega:0} MB at the peak{(measured.SamplesPerSecond is { } speed ? $", {speed:0} samples/s" : string.Empty)}")
            : $"{trial.Size,8}  does not fit: {trial.Reason}");

    private static void WriteEnd(Page page, BatchSizeSearch search, List<BatchTrial> trials, long limit)
    {
        page.Line();
        string whole = search.IsWholeSet ? ", the whole training set" : string.Empty;
        page.Line(string.Create(CultureInfo.InvariantCulture, $"The largest batch that fits {limit / Mega:0} MB: loader.batch_size={search.Largest}{whole}"));
        if (Fastest(trials) is { } fastest)
        {
            page.Line($"The most samples per second: loader.batch_size={fastest}");
        }
    }
}
