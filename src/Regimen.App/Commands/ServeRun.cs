using System.Text.Json.Nodes;
using Regimen.App.CommandLine;
using Regimen.App.Hosting;
using Regimen.Metrics;
using Regimen.Prediction;
using Regimen.Serving;

namespace Regimen.App.Commands;

/// <summary>Serves models until a signal to stop.</summary>
internal sealed class ServeRun(AppHost host, ServeRequest request)
{
    /// <summary>Opens the models, and answers requests. After SIGINT or SIGTERM the requests that were received are answered; that is the usual end
    /// of a server, so the exit code is 0. A second signal ends the process at once.</summary>
    /// <param name="open">Opens a model.</param>
    /// <param name="models">The models, each with a name before it or not.</param>
    public int Run(Func<string, Predictor> open, IReadOnlyList<string> models)
    {
        using var signals = new StopSignals();
        List<(string Name, Predictor Predictor)> opened = [];
        ModelServer server;
        try
        {
            foreach (string model in models)
            {
                (string? name, string path) = Split(model);
                Predictor predictor = open(path);
                RefuseMasks(predictor);
                opened.Add((name ?? NameOf(predictor, path), predictor));
            }

            signals.Begin();
            server = ModelServer.StartAsync(
                opened,
                new ServingOptions { Host = request.Host, Port = request.Port, Batch = request.Batch, Queue = request.Queue, MaxBodyMb = request.MaxBodyMb, Seconds = request.Seconds },
                signals.Token).GetAwaiter().GetResult();
        }
        catch (OperationCanceledException) when (signals.Token.IsCancellationRequested)
        {
            return ExitCodes.Done;
        }

        string names = string.Join(", ", opened.Select(m => m.Name));
        host.Out.WriteLine(request.Json
            ? new JsonObject { ["address"] = server.Address, ["models"] = new JsonArray([.. opened.Select(m => JsonValue.Create(m.Name))]) }.ToJsonString()
            : $"Serving {names} at {server.Address}");
        host.Out.Flush();
        signals.Token.WaitHandle.WaitOne();
        server.DisposeAsync().AsTask().GetAwaiter().GetResult();
        return ExitCodes.Done;
    }

    private static void RefuseMasks(Predictor predictor)
    {
        if (predictor.Task == PredictionTask.Segmentation)
        {
            predictor.Dispose();
            throw new RequestException(new Problem("A segmentation can't be served")
            {
                Where = predictor.Source,
                Expected = "a model that predicts classes, labels, numbers or text",
                Received = "masks",
                Hint = "Write masks with regimen predict --masks FOLDER, or export the model: regimen export --format onnx.",
            });
        }
    }

    /// <summary>Splits NAME=MODEL; a path with an equals sign is not split.</summary>
    private (string? Name, string Model) Split(string model)
    {
        int at = model.IndexOf('=', StringComparison.Ordinal);
        bool isNamed = at > 0 && !Path.Exists(Path.GetFullPath(model, host.WorkingDirectory)) && model[..at].All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.');
        return isNamed ? (model[..at], model[(at + 1)..]) : (null, model);
    }

    private static string NameOf(Predictor predictor, string path) => predictor.RunFolder is { } run
        ? Path.GetFileName(run)
        : Path.GetFileNameWithoutExtension(path) is "model" or "" ? Path.GetFileName(Path.GetDirectoryName(Path.GetFullPath(path)))! : Path.GetFileNameWithoutExtension(path);
}
