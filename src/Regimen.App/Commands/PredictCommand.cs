using System.CommandLine;
using Regimen.App.CommandLine;
using Regimen.App.Hosting;
using Regimen.Imaging;
using Regimen.Prediction;
using Regimen.Text;

namespace Regimen.App.Commands;

/// <summary>The <c>regimen predict</c> command: predicts with a trained model.</summary>
internal static class PredictCommand
{
    public static Command Build(AppHost host)
    {
        var shared = new SharedOptions();
        var model = new ModelArguments();
        Argument<string[]> files = new("files")
        {
            Description = "Images (PNG, JPEG, BMP, WebP), folders, arrays (npy, idx), tables (CSV, JSON lines), prompts for a language model; - for standard input.",
            Arity = ArgumentArity.ZeroOrMore,
            HelpName = "FILE",
        };
        Option<int?> top = new("--top") { Description = "The number of classes to print with their probabilities, in descending order.", HelpName = "K" };
        Option<string?> format = new("--format") { Description = "The output format; default: jsonl if --output ends in .jsonl, else csv.", HelpName = "csv|jsonl" };
        Option<string?> output = new("--output") { Description = "A file to write the predictions to, replaced as a whole at the end; default: standard output.", HelpName = "FILE" };
        Option<string?> masks = new("--masks") { Description = "A folder to write the predicted masks of a segmentation to: a PNG of class indices for each image.", HelpName = "FOLDER" };
        Option<string?> fit = FitOption();
        Option<string?> views = EvaluateCommand.ViewsOption();
        Option<string[]> prompts = new("--prompt") { Description = "A text for a language model to continue.", HelpName = "TEXT" };
        Option<int?> tokens = new("--tokens") { Description = "The number of tokens to generate; default: 100.", HelpName = "N" };
        Option<double?> temperature = new("--temperature") { Description = "The temperature of the generation: 0 takes the most likely token; default: 1.", HelpName = "T" };
        Option<ulong?> seed = new("--seed") { Description = "The seed of the generation; default: 42.", HelpName = "N" };
        Option<string?> weights = WeightSetOption.Build();
        var command = new Command("predict", "Predict with a trained model: images, rows of a table, arrays, or the continuation of a text.")
        {
            model.Model, files, top, format, output, masks, fit, views, prompts, tokens, temperature, seed, weights, model.Runs,
        };
        shared.AddTo(command);
        command.SetAction(shared.Action(host, parsed =>
        {
            string[] inputs = parsed.GetValue(files) ?? [];
            string[] texts = parsed.GetValue(prompts) ?? [];
            string? path = parsed.GetValue(output);
            var request = new PredictionRequest(
                inputs.Length == 0 && texts.Length == 0 ? [InputReader.StandardInput] : inputs,
                texts,
                parsed.GetValue(top),
                Format(parsed.GetValue(format), path),
                path is null ? null : Path.GetFullPath(path, host.WorkingDirectory),
                parsed.GetValue(shared.Json),
                new GenerationOptions
                {
                    Tokens = parsed.GetValue(tokens) ?? new GenerationOptions().Tokens,
                    Temperature = parsed.GetValue(temperature) ?? new GenerationOptions().Temperature,
                    Seed = parsed.GetValue(seed) ?? new GenerationOptions().Seed,
                },
                parsed.GetValue(masks) is { } folder ? Path.GetFullPath(folder, host.WorkingDirectory) : null);
            Check(host, request);
            var options = new PredictorOptions { StableRows = true, Fit = Fit(parsed.GetValue(fit)), Views = EvaluateCommand.Views(parsed.GetValue(views)), Weights = WeightSetOption.Read(parsed.GetValue(weights)) };
            using Predictor predictor = ModelArguments.Open(host, parsed.GetValue(model.Model)!, parsed.GetValue(model.Runs), options);
            return new PredictionRun(host, predictor, request).Run();
        }));
        return command;
    }

    private static void Check(AppHost host, PredictionRequest request)
    {
        List<Problem> problems = [.. OptionsCheck.Of(request.Generation).Select(p => p with { Where = $"--{p.Where?.Split('.')[^1].ToLowerInvariant()}" })];
        if (request.Top is < 1)
        {
            problems.Add(new Problem("The number of classes is out of range") { Where = "--top", Expected = "at least 1", Received = $"{request.Top}" });
        }

        if (request.Inputs is [InputReader.StandardInput] && host.IsInputTerminal)
        {
            problems.Add(new Problem("There is nothing to predict") { Where = "regimen predict", Expected = "a file, a folder, or input on standard input" });
        }

        if (request.Inputs.Count(i => i == InputReader.StandardInput) > 1)
        {
            problems.Add(new Problem("Standard input can be read only once") { Where = "regimen predict", Expected = "one -" });
        }

        if (problems.Count > 0)
        {
            throw new RequestException(problems);
        }
    }

    private static bool Format(string? format, string? output) => format switch
    {
        null => Path.GetExtension(output) is ".jsonl",
        "jsonl" => true,
        "csv" => false,
        _ => throw new RequestException(new Problem("Unknown format") { Where = "--format", Expected = "csv or jsonl", Received = format, Hint = Spelling.DidYouMean(format, ["csv", "jsonl"]) }),
    };

    /// <summary>Creates the option for images of another size.</summary>
    public static Option<string?> FitOption() => new("--fit") { Description = "How to fit images of another size, if the run did not resize its images; default: they are refused.", HelpName = "crop|stretch" };

    /// <summary>Returns the value of that option.</summary>
    public static ImageFit? Fit(string? fit) => fit switch
    {
        null => null,
        "crop" => ImageFit.Crop,
        "stretch" => ImageFit.Stretch,
        _ => throw new RequestException(new Problem("Unknown way to fit images") { Where = "--fit", Expected = "crop or stretch", Received = fit, Hint = Spelling.DidYouMean(fit, ["crop", "stretch"]) }),
    };
}
