using Regimen.App;
using Regimen.App.Hosting;
using Regimen.Engine;
using Spectre.Console.Testing;

namespace Regimen.Tests.TestKit;

/// <summary>A folder as a user has it, with a small data set in <c>data/mnist</c>, in which commands are run.</summary>
internal sealed class ProjectFolder : IDisposable
{
    public ProjectFolder() => TinyMnist.Write(Folder, "data/mnist");

    public TemporaryFolder Folder { get; } = new();

    /// <summary>The folder of the data, absolute: what runs in the tests' process reads relative paths from the process's folder.</summary>
    public string Data => Folder["data/mnist"];

    /// <summary>The folder of all runs; not there before a first one.</summary>
    public string Runs => Folder["runs"];

    /// <summary>The one run that there is.</summary>
    public string Run => Directory.GetDirectories(Runs).Single();

    /// <summary>Runs a command in this process.</summary>
    public CommandOutput Do(params string[] args)
    {
        using var output = new StringWriter { NewLine = "\n" };
        using var error = new StringWriter { NewLine = "\n" };
        using var console = new TestConsole();
        var host = new AppHost { Out = output, Error = error, Console = console, IsTerminal = false, WorkingDirectory = Folder.FullPath };
        int exitCode = RegimenApp.RunAsync(args, host).GetAwaiter().GetResult();
        Assert.Empty(console.Output);
        return new CommandOutput(exitCode, output.ToString(), error.ToString());
    }

    /// <summary>Trains in this process, on the data here, for two epochs unless told otherwise.</summary>
    public CommandOutput Train(params string[] args) => Do(["train", $"data.root={Data}", "trainer.epochs=2", .. args]);

    /// <summary>Runs a command as a process of its own.</summary>
    public CommandOutput DoAsProcess(params string[] args)
    {
        using CommandProcess process = CommandProcess.Regimen(Folder.FullPath, args);
        return process.WaitForEnd();
    }

    public void Dispose()
    {
        Folder.Dispose();
        Threads.Use(1);
    }
}
