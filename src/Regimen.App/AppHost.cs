using System.Reflection;
using Spectre.Console;

namespace Regimen.App;

/// <summary>What a command has around it: where it writes, where it stands, what time it is. A test gives its own.</summary>
public sealed class AppHost
{
    /// <summary>Results: one JSON document with <c>--json</c>, else text.</summary>
    public required TextWriter Out { get; init; }

    /// <summary>Problems.</summary>
    public required TextWriter Error { get; init; }

    /// <summary>The screen, over <see cref="Out"/>.</summary>
    public required IAnsiConsole Console { get; init; }

    /// <summary>Whether a person watches <see cref="Console"/>: colours and a live bar are welcome.</summary>
    public required bool IsTerminal { get; init; }

    /// <summary>The folder that relative paths of configs and runs start from; a data set's own paths start from the process's.</summary>
    public required string WorkingDirectory { get; init; }

    /// <summary>Where models and data sets are looked for, beside Regimen's own.</summary>
    public IReadOnlyList<Assembly> Assemblies { get; init; } = [];

    /// <summary>What time it is.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>The process's own streams, folder and program.</summary>
    public static AppHost OfProcess()
    {
        bool terminal = !System.Console.IsOutputRedirected;
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = terminal ? AnsiSupport.Detect : AnsiSupport.No,
            ColorSystem = terminal ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
            Interactive = terminal ? InteractionSupport.Detect : InteractionSupport.No,
            Out = new AnsiConsoleOutput(System.Console.Out),
        });
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
            IsTerminal = terminal && console.Profile.Capabilities.Interactive,
            WorkingDirectory = Environment.CurrentDirectory,
            Assemblies = Assembly.GetEntryAssembly() is { } program ? [program] : [],
        };
    }

    /// <summary>A width that no line reaches.</summary>
    internal const int UnwrappedWidth = 10_000;
}
