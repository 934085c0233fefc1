using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Regimen.App.CommandLine;
using Regimen.App.Hosting;
using Regimen.App.Screen;
using Regimen.Experiments;
using Regimen.Exporting;

namespace Regimen.App.Commands;

/// <summary>The <c>regimen export</c> command: writes a trained model for other tools.</summary>
internal static class ExportCommand
{
    private const int LabelWidth = 12;

    private static readonly (string Name, ExportFormat Format)[] Formats = [("onnx", ExportFormat.Onnx), ("hf", ExportFormat.Hf), ("safetensors", ExportFormat.Safetensors)];

    public static Command Build(AppHost host)
    {
        var shared = new SharedOptions();
        Argument<string> model = new("model")
        {
            Description = "A run (its folder, its name or an end of it, latest, or best), a checkpoint's folder, a safetensors file, or a folder exported as hf.",
            HelpName = "MODEL",
        };
        Option<string> format = new("--format") { Description = "onnx: a file for ONNX runtimes, compared with the model; hf: a folder for Hugging Face tools; safetensors: one file.", DefaultValueFactory = _ => "onnx", HelpName = "onnx|hf|safetensors" };
        Option<string> output = new("--output") { Description = "The file, or the folder for hf. An existing export is replaced.", HelpName = "PATH", Required = true };
        Option<bool> preprocessing = new("--preprocessing") { Description = "onnx: put the pre-processing into the graph: bytes of pixels or the columns of a table in, probabilities or values out." };
        Option<string?> weights = WeightSetOption.Build();
        Option<string?> runs = RunArguments.RunsOption();
        Argument<string[]> paths = DataPathArguments.Build();
        var command = new Command("export", "Write a trained model as ONNX, as a Hugging Face folder or as safetensors, checked against the model.") { model, paths, format, output, preprocessing, weights, runs };
        shared.AddTo(command);
        command.SetAction(shared.Action(host, parsed =>
        {
            ExportFormat chosen = Format(parsed.GetValue(format)!);
            if (parsed.GetValue(preprocessing) && chosen != ExportFormat.Onnx)
            {
                throw new RequestException(new Problem("Only an ONNX file has a graph for the pre-processing")
                {
                    Where = "--preprocessing",
                    Expected = "--format onnx",
                    Received = parsed.GetValue(format),
                });
            }

            TrainedModel source = TrainedModel.Find(RunLookup.Resolve(host, parsed.GetValue(model)!, parsed.GetValue(runs)), RunArguments.RunsRoot(host, parsed.GetValue(runs)), host.WorkingDirectory, WeightSetOption.Read(parsed.GetValue(weights)));
            ExportResult result = ModelExport.Write(
                source, ConfigArguments.Catalog(host), chosen, parsed.GetValue(output)!, parsed.GetValue(preprocessing), parsed.GetValue(paths), host.WorkingDirectory);
            if (parsed.GetValue(shared.Json))
            {
                ProblemReport.WriteJson(host, Document(result));
            }
            else
            {
                Write(Page.Of(host), result);
            }

            return ExitCodes.Done;
        }));
        return command;
    }

    private static ExportFormat Format(string name) => Formats.Any(f => f.Name == name)
        ? Formats.First(f => f.Name == name).Format
        : throw new RequestException(new Problem("Unknown format")
        {
            Where = "--format",
            Expected = $"one of {string.Join(", ", Formats.Select(f => f.Name))}",
            Received = name,
            Hint = Spelling.DidYouMean(name, Formats.Select(f => f.Name)),
        });

    private static JsonObject Document(ExportResult result) => new()
    {
        ["file"] = result.Path,
        ["format"] = result.Format,
        ["opset"] = result.Opset,
        ["largest_difference"] = result.LargestDifference,
        ["checked_batches"] = new JsonArray([.. result.CheckedBatches.Select(b => JsonValue.Create(b))]),
        ["checked_on"] = result.CheckedOn,
        ["digest"] = result.Digest,
    };

    private static void Write(Page page, ExportResult result)
    {
        page.Field("Output", result.Path, LabelWidth);
        page.Field("Format", result.Opset is { } opset ? FormattableString.Invariant($"{result.Format}, operator set {opset}") : result.Format, LabelWidth);
        if (result.CheckedOn is { } samples)
        {
            string source = samples == "random" ? "random inputs (the run's data was not found)" : $"samples of its {samples} split";
            page.Field(
                "Checked",
                string.Create(CultureInfo.InvariantCulture, $"equals the model to {result.LargestDifference:G2} in ONNX Runtime, in batches of {string.Join(", ", result.CheckedBatches)}, on {source}"),
                LabelWidth);
        }

        page.Field("SHA-256", result.Digest, LabelWidth);
    }
}
