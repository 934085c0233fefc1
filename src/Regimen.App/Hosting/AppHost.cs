using System.Reflection;
using Regimen.Training;
using Spectre.Console;

namespace Regimen.App.Hosting;

/// <summary>The environment of a command: its output streams, working directory and time provider. Tests supply their own.</summary>
public sealed class AppHost
{
    private readonly Lazy<TextWriter> _screen;

    /// <summary>Creates a host; its properties are set by an initialiser.</summary>
    public AppHost() => _screen = new(() => new OutputWriter(Out is OutputWriter guarded ? guarded.Inner : Out, ReportLostScreen));

    /// <summary>The writer of results: one JSON document with <c>--json</c>, otherwise text. If it can't be written, the command fails.</summary>
    public required TextWriter Out
    {
        get;
        init => field = OutputWriter.Over(value);
    }

    /// <summary>The writer of problems. If it can't be written, they are lost.</summary>
    public required TextWriter Error
    {
        get;
        init => field = OutputWriter.Over(value, _ => { });
    }

    /// <summary>Opens standard input, for <c>predict</c>.</summary>
    public Func<Stream> In { get; init; } = System.Console.OpenStandardInput;

    /// <summary>Whether standard input is a terminal, from which nothing is read.</summary>
    public bool IsInputTerminal { get; init; }

    /// <summary>The terminal over <see cref="Out"/>.</summary>
    public required IAnsiConsole Console { get; init; }

    /// <summary>The terminal over <see cref="Error"/>; null if that is not a terminal.</summary>
    public IAnsiConsole? ErrorConsole { get; init; }

    /// <summary>Whether <see cref="Console"/> is an interactive terminal: colours and a progress bar are shown.</summary>
    public required bool IsTerminal { get; init; }

    /// <summary>The folder that relative paths of configs and runs start from; a data set's own paths start from the process's working
    /// directory.</summary>
    public required string WorkingDirectory { get; init; }

    /// <summary>Assemblies with models and data sets, besides Regimen's own.</summary>
    public IReadOnlyList<Assembly> Assemblies { get; init; } = [];

    /// <summary>Creates the observers of the program for each run that <c>train</c> or <c>resume</c> makes. One that fails is reported once and left
    /// out; the run continues.</summary>
    public IReadOnlyList<Func<ObserverContext, ITrainObserver>> Observers { get; init; } = [];

    /// <summary>The program and its first arguments, with which <c>sweep</c> starts the process of each trial.</summary>
    public IReadOnlyList<string> Program { get; init; } = ProgramOfProcess();

    /// <summary>The time provider.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>The writer of progress during a training, over <see cref="Out"/>. If it can't be written, progress is dropped and the training
    /// continues.</summary>
    internal TextWriter Screen => _screen.Value;

    /// <summary>Creates a host with the process's own streams, working directory and program.</summary>
    /// <param name="observers">Creates the observers of the program; null for none.</param>
    public static AppHost OfProcess(IReadOnlyList<Func<ObserverContext, ITrainObserver>>? observers = null)
        => OfProcess(Assembly.GetEntryAssembly() is { } program ? [program] : [], observers);

    /// <summary>Creates a host with the process's own streams and working directory, and the components of the given assemblies.</summary>
    internal static AppHost OfProcess(IReadOnlyList<Assembly> assemblies, IReadOnlyList<Func<ObserverContext, ITrainObserver>>? observers = null)
    {
        bool terminal = !System.Console.IsOutputRedirected;

        // A terminal that was closed must not end the run, so the progress bar's timer ignores errors of writing.
        IAnsiConsole console = Terminal(new OutputWriter(System.Console.Out, _ => { }), terminal);
        if (!terminal)
        {
            // Piped output is never wrapped.
            console.Profile.Width = UnwrappedWidth;
        }

        return new AppHost
        {
            Out = System.Console.Out,
            Error = System.Console.Error,
            Console = console,
            ErrorConsole = System.Console.IsErrorRedirected ? null : Terminal(new OutputWriter(System.Console.Error, _ => { }), terminal: true),
            IsInputTerminal = !System.Console.IsInputRedirected,
            IsTerminal = terminal && console.Profile.Capabilities.Interactive,
            WorkingDirectory = Environment.CurrentDirectory,
            Assemblies = assemblies,
            Observers = observers ?? [],
        };
    }

    /// <summary>Returns how this process was started: its program alone, or dotnet with the program's assembly.</summary>
    private static IReadOnlyList<string> ProgramOfProcess()
    {
        string process = Environment.ProcessPath ?? "dotnet";
        bool isDotnet = Path.GetFileNameWithoutExtension(process).Equals("dotnet", StringComparison.OrdinalIgnoreCase);
        return isDotnet && Assembly.GetEntryAssembly() is { } program ? [process, Path.Combine(AppContext.BaseDirectory, $"{program.GetName().Name}.dll")] : [process];
    }

    /// <summary>A width that no line exceeds.</summary>
    internal const int UnwrappedWidth = 10_000;

    private static IAnsiConsole Terminal(TextWriter output, bool terminal) => AnsiConsole.Create(new AnsiConsoleSettings
    {
        Ansi = terminal ? AnsiSupport.Detect : AnsiSupport.No,
        ColorSystem = terminal ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
        Interactive = terminal ? InteractionSupport.Detect : InteractionSupport.No,
        Out = new ProcessOutput(output),
    });

    private void ReportLostScreen(Exception reason)
        => Error.WriteLine($"note: The output can no longer be written: {reason.Message.Split('\n')[0].TrimEnd('.')}. The training continues; its results are in the run's folder.");

    /// <summary>The process's terminal with another writer; its size is read from the system each time.</summary>
    private sealed class ProcessOutput(TextWriter writer) : IAnsiConsoleOutput
    {
        private readonly AnsiConsoleOutput _size = new(System.Console.Out);

        public TextWriter Writer => writer;

        public bool IsTerminal => _size.IsTerminal;

        public int Width => _size.Width;

        public int Height => _size.Height;

        public void SetEncoding(System.Text.Encoding encoding) => _size.SetEncoding(encoding);
    }
}
