using System.CommandLine;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Regimen.App.CommandLine;
using Regimen.App.Hosting;
using Regimen.App.Screen;
using Regimen.Catalog;
using Regimen.Configuration;
using Regimen.Experiments;
using Regimen.Reports;
using Regimen.Runs;
using Regimen.SweepFiles;

namespace Regimen.App.Commands;

/// <summary>The <c>regimen report</c> command: writes the report of a run or a sweep, or the comparison of several runs, as one HTML file.</summary>
internal static partial class ReportCommand
{
    public static Command Build(AppHost host)
    {
        var shared = new SharedOptions();
        Argument<string[]> names = new("run")
        {
            Description = "A run or a sweep (its folder, its name, or latest); several runs for their comparison. With data.root=PATH or data.path=PATH: where the data is, if it has moved.",
            Arity = new ArgumentArity(1, 100),
            HelpName = "RUN|SWEEP …",
        };
        Option<string?> output = new("--output") { Description = "The file to write; default: report.html in the folder of the run or sweep, for several runs in the current folder.", HelpName = "FILE" };
        Option<string?> runs = RunArguments.RunsOption();
        var command = new Command("report", "Write a report as one HTML file: results, curves, confusion matrix, worst mistakes, calibration, config; of a sweep its ranking.") { names, output, runs };
        shared.AddTo(command);
        command.SetAction(shared.Action(host, parsed =>
        {
            string[] all = parsed.GetValue(names)!;
            string[] paths = [.. all.Where(n => DataPath().IsMatch(n))];
            string[] which = [.. all.Except(paths)];
            string? file = parsed.GetValue(output) is { Length: > 0 } named ? Path.GetFullPath(named, host.WorkingDirectory) : null;
            string written = Write(host, which, paths, parsed.GetValue(runs), file);
            if (parsed.GetValue(shared.Json))
            {
                ProblemReport.WriteJson(host, new JsonObject { ["report"] = written });
            }
            else
            {
                Page.Of(host).Line(RunText.RelativeIfBelow(written, host.WorkingDirectory));
            }

            return ExitCodes.Done;
        }));
        return command;
    }

    private static string Write(AppHost host, string[] names, string[] paths, string? runs, string? file)
    {
        string?[] sweeps = [.. names.Select(n => SweepFolder(host, n, runs))];
        if (names.Length == 0 || (names.Length > 1 && sweeps.Any(s => s is not null)))
        {
            throw new RequestException(new Problem(names.Length == 0 ? "No run is named" : "A sweep can't be compared")
            {
                Where = names.Length == 0 ? null : names[Array.FindIndex(sweeps, s => s is not null)],
                Expected = "one run, one sweep, or several runs",
                Hint = names.Length == 0 ? "regimen report latest" : "Write one report for each sweep.",
            });
        }

        if (sweeps is [{ } sweep])
        {
            return ReportWriter.WriteSweep(sweep, file);
        }

        RunFolder[] folders = [.. names.Select(n => RunLookup.Find(host, n, runs))];
        return folders is [var only]
            ? ReportWriter.WriteRun(only.FullPath, Options(host, only, paths), file)
            : ReportWriter.WriteComparison([.. folders.Select(f => f.FullPath)], file ?? Path.GetFullPath(RunReport.FileName, host.WorkingDirectory));
    }

    /// <summary>The folder of a sweep by its path or its name below the folder of all runs; null if it is none.</summary>
    private static string? SweepFolder(AppHost host, string name, string? runs)
    {
        if (name.Contains('\0', StringComparison.Ordinal) || name.Length == 0)
        {
            return null;
        }

        string path = Path.GetFullPath(name, host.WorkingDirectory);
        if (!Directory.Exists(path) && !Path.IsPathRooted(name))
        {
            path = Path.Combine(RunArguments.RunsRoot(host, runs), name);
        }

        return File.Exists(Path.Combine(path, SweepRecord.NameIn(path))) ? path : null;
    }

    /// <summary>What the folder does not have: the defaults of its keys, and, for a run of an earlier version, findings of an evaluation.</summary>
    private static ReportOptions Options(AppHost host, RunFolder folder, string[] paths)
    {
        ComponentCatalog catalog = ConfigArguments.Catalog(host);
        var options = new ReportOptions { Defaults = Try(() => ConfigDefaults.ChangedIn(RunConfig.FromYamlFile(catalog, folder.ConfigFile)), out _) };
        RunManifest manifest = RunManifest.Read(folder.ManifestFile);
        if (manifest.Program is not null || manifest.Imported is not null || manifest.Status is not (RunStatus.Finished or RunStatus.StoppedEarly) || File.Exists(Path.Combine(folder.FullPath, RunFindings.FileName)))
        {
            return options;
        }

        if (Try(() => Evaluate(options, host, folder, catalog, paths), out string? problem) is { } evaluated)
        {
            return evaluated;
        }

        host.Error.WriteLine($"note: the run is not evaluated: {problem}");
        return options with { WhyNoFindings = $"The folder has no {RunFindings.FileName}, and the run could not be evaluated: {problem}" };
    }

    private static ReportOptions Evaluate(ReportOptions options, AppHost host, RunFolder folder, ComponentCatalog catalog, string[] paths)
    {
        TrainedModel model = TrainedModel.Find(folder.FullPath, folder.FullPath, host.WorkingDirectory);
        using Experiment experiment = model.Load(catalog, paths, host.WorkingDirectory);
        if (model.DataProblem(experiment) is { } other)
        {
            throw new RequestException(other);
        }

        if (experiment.SplitOfFindings is not { } split)
        {
            return options;
        }

        (RunFindings? findings, string? problem) = experiment.CollectFindings(split, CancellationToken.None);
        return problem is null ? options with { Findings = findings, WhyNoFindings = experiment.WhyNoFindings } : throw new RequestException(new Problem(problem));
    }

    private static T? Try<T>(Func<T?> read, out string? problem)
        where T : class
    {
        try
        {
            problem = null;
            return read();
        }
        catch (RequestException exception)
        {
            problem = exception.Problems[0].Message;
            return null;
        }
    }

    [GeneratedRegex("^data\\.[a-z_0-9]+=")]
    private static partial Regex DataPath();
}
