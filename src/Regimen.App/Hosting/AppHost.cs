using System.Reflection;
using Regimen.Training;
using Spectre.Console;

namespace Regimen.App.Hosting;

/// <summary>What a command has around it: where it writes, where it stands, what time it is. A test gives its own.</summary>
public sealed class AppHost
{
    private readonly Lazy<TextWriter> _screen;

    /// <summary>A host whose properties are set at once.</summary>
    public AppHost() => _screen = new(() => new OutputWriter(Out is OutputWriter guarded ? guarded.Inner : Out, TellThatTheScreenIsGone));

    /// <summary>Results: one JSON document with <c>--json</c>, else text. Where it can't be written the command fails.</summary>
    public required TextWriter Out
    {
        get;
        init => field = OutputWriter.Over(value);
    }

    /// <summary>Problems. Where they can't be written, nobody is told.</summary>
    public required TextWriter Error
    {
        get;
        init => field = OutputWriter.Over(value, _ => { });
    }

    /// <summary>The screen, over <see cref="Out"/>.</summary>
    public required IAnsiConsole Console { get; init; }

    /// <summary>The screen over <see cref="Error"/>; null where that is no terminal.</summary>
    public IAnsiConsole? ErrorConsole { get; init; }

    /// <summary>Whether a person watches <see cref="Console"/>: colours and a live bar are welcome.</summary>
    public required bool IsTerminal { get; init; }

    /// <summary>The folder that relative paths of configs and runs start from; a data set's own paths start from the process's.</summary>
    public required string WorkingDirectory { get; init; }

    /// <summary>Where models and data sets are looked for, beside Regimen's own.</summary>
    public IReadOnlyList<Assembly> Assemblies { get; init; } = [];

    /// <summary>Creates the program's own observers for each run that <c>train</c> or <c>resume</c> makes. One that fails is reported once and left
    /// out; the run continues.</summary>
    public IReadOnlyList<Func<ObserverContext, ITrainObserver>> Observers { get; init; } = [];

    /// <summary>What time it is.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>What accompanies a training, over <see cref="Out"/>. Where it can't be written it is dropped, and the training goes on.</summary>
    internal TextWriter Screen => _screen.Value;

    /// <summary>The process's own streams, folder and program.</summary>
    /// <param name="observers">Creates the program's own observers; null for none.</param>
    public static AppHost OfProcess(IReadOnlyList<Func<ObserverContext, ITrainObserver>>? observers = null)
        => OfProcess(Assembly.GetEntryAssembly() is { } program ? [program] : [], observers);

    /// <summary>The process's own streams and folder, with the models and data sets of other assemblies than the program's.</summary>
    internal static AppHost OfProcess(IReadOnlyList<Assembly> assemblies, IReadOnlyList<Func<ObserverContext, ITrainObserver>>? observers = null)
    {
        bool terminal = !System.Console.IsOutputRedirected;

        // A terminal that is gone, as after a hang-up, does not matter to the run: the bar's timer must not end the process because of it.
        IAnsiConsole console = Terminal(new OutputWriter(System.Console.Out, _ => { }), terminal);
        if (!terminal)
        {
            // A line that is piped is never wrapped.
            console.Profile.Width = UnwrappedWidth;
        }

        return new AppHost
        {
            Out = System.Console.Out,
            Error = System.Console.Error,
            Console = console,
            ErrorConsole = System.Console.IsErrorRedirected ? null : Terminal(new OutputWriter(System.Console.Error, _ => { }), terminal: true),
            IsTerminal = terminal && console.Profile.Capabilities.Interactive,
            WorkingDirectory = Environment.CurrentDirectory,
            Assemblies = assemblies,
            Observers = observers ?? [],
        };
    }

    /// <summary>A width that no line reaches.</summary>
    internal const int UnwrappedWidth = 10_000;

    private static IAnsiConsole Terminal(TextWriter output, bool terminal) => AnsiConsole.Create(new AnsiConsoleSettings
    {
        Ansi = terminal ? AnsiSupport.Detect : AnsiSupport.No,
        ColorSystem = terminal ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
        Interactive = terminal ? InteractionSupport.Detect : InteractionSupport.No,
        Out = new ProcessOutput(output),
    });

    private void TellThatTheScreenIsGone(Exception reason)
        => Error.WriteLine($"note: The output can't be written any more: {reason.Message.Split('\n')[0].TrimEnd('.')}. The training goes on; the run's folder has its record.");

    /// <summary>The process's terminal behind a writer of ours: its size is what the system says at each moment.</summary>
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
