using System.Text;
using System.Text.Json.Nodes;
using Regimen.App.CommandLine;
using Regimen.App.Hosting;
using Regimen.Files;
using Regimen.Metrics;
using Regimen.Prediction;
using Regimen.Text;

namespace Regimen.App.Commands;

/// <summary>What <c>predict</c> is asked for.</summary>
/// <param name="Inputs">Files, folders, and <c>-</c> for standard input.</param>
/// <param name="Prompts">Texts to continue.</param>
/// <param name="Top">The number of classes to print; null for the default of the format.</param>
/// <param name="IsJsonLines">Whether the format is JSON lines; otherwise CSV.</param>
/// <param name="Output">The file to write; null for standard output.</param>
/// <param name="Json">Whether standard output is one JSON document.</param>
/// <param name="Generation">The options of a continued text.</param>
/// <param name="Masks">The folder for the masks of a segmentation; null to write none.</param>
internal sealed record PredictionRequest(
    IReadOnlyList<string> Inputs, IReadOnlyList<string> Prompts, int? Top, bool IsJsonLines, string? Output, bool Json, GenerationOptions Generation, string? Masks);

/// <summary>Predicts the inputs of a request in their order, and writes each block of predictions as soon as it is known.</summary>
internal sealed class PredictionRun(AppHost host, Predictor predictor, PredictionRequest request)
{
    // One JSON document is written as a whole, so that an error in the middle does not leave half of one.
    private readonly StringBuilder _document = new();
    private readonly PredictionCsv _csv = new(predictor, request.Top ?? 1);
    private readonly MaskFolder? _masks = request.Masks is { } folder ? new MaskFolder(folder) : null;
    private long _predicted;
    private long _failed;

    /// <summary>Predicts, and returns the exit code.</summary>
    public int Run()
    {
        if (request.Output is { } path)
        {
            AtomicFile.Write(path, stream =>
            {
                using var writer = new StreamWriter(stream, new UTF8Encoding(false), leaveOpen: true) { NewLine = "\n" };
                WriteAll(writer.Write);
            });
            if (request.Json)
            {
                ProblemReport.WriteJson(host, new JsonObject { ["output"] = path, ["predictions"] = _predicted, ["failed"] = _failed });
            }
        }
        else if (request.Json)
        {
            WriteAll(text => _document.Append(text));
            host.Out.WriteLine(_predicted == 0 ? "[]" : $"[\n{_document.ToString().TrimEnd('\n').Replace("\n", ",\n", StringComparison.Ordinal)}\n]");
        }
        else
        {
            WriteAll(host.Out.Write);
            host.Out.Flush();
        }

        return _failed > 0 ? ExitCodes.Failed : ExitCodes.Done;
    }

    private bool IsJsonLines => request.IsJsonLines || (request.Json && request.Output is null);

    private void WriteAll(Action<string> write)
    {
        if (predictor.Tokenizer is not null)
        {
            new TextRun(host, predictor, request, Refuse).Write(write, IsJsonLines, () => _predicted++);
            return;
        }

        if (request.Masks is not null && predictor.Task != PredictionTask.Segmentation)
        {
            throw new RequestException(new Problem("The model predicts no masks") { Where = "--masks", Expected = "a model of a segmentation", Received = predictor.Task.Name });
        }

        if (request.Prompts.Count > 0)
        {
            throw predictor.Other("a prompt", "Only a model that was trained with data=text continues a prompt.");
        }

        var reader = new InputReader(predictor, Refuse);
        foreach (InputBlock block in reader.Read(request.Inputs, host.WorkingDirectory, host.In))
        {
            PredictionResult[] results = predictor.Predict(block.Samples);
            var lines = new StringBuilder();
            if (_predicted == 0 && !IsJsonLines)
            {
                lines.Append(_csv.Header(results[0])).Append('\n');
            }

            for (int i = 0; i < results.Length; i++)
            {
                string? mask = results[i].Mask is { } pixels ? _masks?.Write(block.Names[i], pixels) : null;
                lines.Append(IsJsonLines ? PredictionJson.Line(block.Names[i], results[i], request.Top, mask) : _csv.Line(block.Names[i], results[i], mask)).Append('\n');
            }

            _predicted += results.Length;
            write(lines.ToString());
        }
    }

    private void Refuse(IReadOnlyList<Problem> problems)
    {
        _failed++;
        ProblemReport.Tell(host, problems, json: false, details: null, ExitCodes.Failed);
    }
}
