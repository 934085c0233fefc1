using Regimen.App;
using Regimen.App.Hosting;
using Regimen.Engine;
using Spectre.Console.Testing;

namespace Regimen.Tests.TestKit;

/// <summary>A user's folder with a small data set in <c>data/mnist</c>, in which commands run.</summary>
internal sealed class ProjectFolder : IDisposable
{
    private bool _workedHere;

    public ProjectFolder() => TinyMnist.Write(Folder, "data/mnist");

    public TemporaryFolder Folder { get; } = new();

    /// <summary>The absolute path of the data; commands in the tests' process resolve relative paths against that process's folder.</summary>
    public string Data => Folder["data/mnist"];

    /// <summary>The folder of all runs; it does not exist before the first run.</summary>
    public string Runs => Folder["runs"];

    /// <summary>The folder of the only run.</summary>
    public string Run => Directory.GetDirectories(Runs).Single();

    /// <summary>Runs a command in this process.</summary>
    public CommandOutput Do(params string[] args)
    {
        OtherProcesses.RefuseWorkHere();
        _workedHere = true;
        using var output = new StringWriter { NewLine = "\n" };
        using var error = new StringWriter { NewLine = "\n" };
        using var console = new TestConsole();
        var host = new AppHost { Out = output, Error = error, Console = console, IsTerminal = false, WorkingDirectory = Folder.FullPath, Program = CommandProcess.RegimenProgram };
        int exitCode = RegimenApp.RunAsync(args, host).GetAwaiter().GetResult();
        Assert.Empty(console.Output);
        return new CommandOutput(exitCode, output.ToString(), error.ToString());
    }

    /// <summary>Trains in this process on the data here, for two epochs by default.</summary>
    public CommandOutput Train(params string[] args) => Do(["train", $"data.root={Data}", "trainer.epochs=2", .. args]);

    /// <summary>Runs a command in a new process.</summary>
    public CommandOutput DoAsProcess(params string[] args)
    {
        using CommandProcess process = CommandProcess.Regimen(Folder.FullPath, args);
        return process.WaitForEnd();
    }

    public void Dispose()
    {
        Folder.Dispose();
        if (_workedHere)
        {
            Threads.Use(1);
        }
    }
}
