using System.CommandLine;
using System.Runtime.CompilerServices;
using Regimen.App.CommandLine;
using Regimen.App.Hosting;

namespace Regimen.App.Commands;

/// <summary>The <c>regimen serve</c> command: answers requests with trained models over HTTP.</summary>
internal static class ServeCommand
{
    public static Command Build(AppHost host)
    {
        var shared = new SharedOptions();
        var model = new ModelArguments();
        Argument<string[]> models = new("models")
        {
            Description = "Runs, checkpoints or files, as for predict; NAME=MODEL sets the name in addresses (default: the run's name).",
            Arity = ArgumentArity.OneOrMore,
            HelpName = "MODEL",
        };
        Option<string> address = new("--host") { Description = "The IP address to listen on; 0.0.0.0 for all of the machine's.", DefaultValueFactory = _ => "127.0.0.1", HelpName = "ADDRESS" };
        Option<int> port = new("--port") { Description = "The port; 0 chooses a free one.", DefaultValueFactory = _ => 8080, HelpName = "PORT" };
        Option<int> batch = new("--max-batch") { Description = "The number of samples that are computed together at most.", DefaultValueFactory = _ => 64, HelpName = "N" };
        Option<int> queue = new("--queue") { Description = "The number of samples that may wait for a model; further requests get 429.", DefaultValueFactory = _ => 1024, HelpName = "N" };
        Option<int> body = new("--max-body") { Description = "The greatest size of a request in MB; larger ones get 413.", DefaultValueFactory = _ => 64, HelpName = "MB" };
        Option<double> timeout = new("--timeout") { Description = "The time for receiving a request (408), and for answering it (503), in seconds.", DefaultValueFactory = _ => 30, HelpName = "SECONDS" };
        Option<string?> fit = PredictCommand.FitOption();
        var command = new Command("serve", "Answer requests with trained models over HTTP: the Open Inference Protocol, and a page to try them.")
        {
            models, address, port, batch, queue, body, timeout, fit, model.Runs,
        };
        shared.AddTo(command);
        command.SetAction(shared.Action(host, parsed => Serve(
            host,
            parsed.GetValue(models) ?? [],
            parsed.GetValue(model.Runs),
            PredictCommand.Fit(parsed.GetValue(fit)),
            new ServeRequest(
                parsed.GetValue(address)!, parsed.GetValue(port), parsed.GetValue(batch), parsed.GetValue(queue), parsed.GetValue(body), parsed.GetValue(timeout), parsed.GetValue(shared.Json)))));
        return command;
    }

    // Not inlined: the web server's assemblies are loaded only for this command.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int Serve(AppHost host, string[] models, string? runs, Imaging.ImageFit? fit, ServeRequest request)
        => new ServeRun(host, request).Run(name => ModelArguments.Open(host, name, runs, new() { StableRows = true, Fit = fit }), models);
}

/// <summary>What <c>serve</c> is asked for.</summary>
internal sealed record ServeRequest(string Host, int Port, int Batch, int Queue, int MaxBodyMb, double Seconds, bool Json);
