using System.CommandLine;
using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using Regimen.App.CommandLine;
using Regimen.App.Hosting;
using Regimen.Dashboard;

namespace Regimen.App.Commands;

/// <summary>The <c>regimen dashboard</c> command: a local web page over the folder of runs.</summary>
internal static class DashboardCommand
{
    public static Command Build(AppHost host)
    {
        var shared = new SharedOptions();
        Option<string?> runs = RunArguments.RunsOption();
        Option<string> address = new("--host") { Description = "The IP address to listen on; 0.0.0.0 for all of the machine's, with a token.", DefaultValueFactory = _ => "127.0.0.1", HelpName = "ADDRESS" };
        Option<int> port = new("--port") { Description = "The port; 0 chooses a free one.", DefaultValueFactory = _ => 6007, HelpName = "PORT" };
        Option<string?> token = new("--token") { Description = "The token that a browser must present once (default: none on a loopback address, else a random one).", HelpName = "TEXT" };
        var command = new Command("dashboard", "Show the runs in a browser: table, curves, live runs, reports, sweeps, and a page to draw for image models.") { runs, address, port, token };
        shared.AddTo(command);
        command.SetAction(shared.Action(host, parsed => Show(
            host, RunArguments.RunsRoot(host, parsed.GetValue(runs)), parsed.GetValue(address)!, parsed.GetValue(port), parsed.GetValue(token), parsed.GetValue(shared.Json))));
        return command;
    }

    /// <summary>Answers requests until a signal to stop. That is the usual end of a server, so the exit code is 0. A second signal ends the process at
    /// once.</summary>
    // Not inlined: the web server's assemblies are loaded only for this command.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int Show(AppHost host, string root, string address, int port, string? token, bool json)
    {
        using var signals = new StopSignals();
        DashboardServer server;
        try
        {
            signals.Begin();
            server = DashboardServer.StartAsync(new DashboardOptions { Runs = root, Host = address, Port = port, Token = token }, folder => ModelArguments.Open(host, folder, root, new() { StableRows = true }), signals.Token).GetAwaiter().GetResult();
        }
        catch (OperationCanceledException) when (signals.Token.IsCancellationRequested)
        {
            return ExitCodes.Done;
        }

        host.Out.WriteLine(json
            ? new JsonObject { ["address"] = server.Address, ["link"] = server.Link, ["runs"] = root }.ToJsonString()
            : $"Dashboard of {root} at {server.Link}");
        host.Out.Flush();
        signals.Token.WaitHandle.WaitOne();
        server.DisposeAsync().AsTask().GetAwaiter().GetResult();
        return ExitCodes.Done;
    }
}
